import type { Person } from '../model/call.ts';
import { SupervisionError } from '../model/errors.ts';
import { quorumOf, type Approval, type ApprovalState } from './approval.ts';

export interface Answer {
  readonly verdict: 'allow' | 'deny';
  readonly person: Person;
  /** Of the call that the person saw. */
  readonly fingerprint: string;
}

/** The approval with the answer; throws `APPROVAL_REFUSED` for one that does not count. */
export function withAnswer(approval: Approval, answer: Answer, atMs: number): Approval {
  checkAnswer(approval, answer, atMs);
  const { person, verdict } = answer;
  const answers = [...approval.answers, { person: person.id, verdict, atMs }];
  return { ...approval, answers, state: stateAfter(approval, answers) };
}

/** As it was before an answer that could not be logged; what went on meanwhile stays. */
export function withoutAnswer(approval: Approval, { id }: Person): Approval | undefined {
  if (approval.state === 'expired' || approval.state === 'consumed') return undefined;
  const answers = approval.answers.filter(({ person }) => person !== id);
  return { ...approval, answers, state: stateAfter(approval, answers) };
}

function stateAfter(approval: Approval, answers: Approval['answers']): ApprovalState {
  if (answers.some(({ verdict }) => verdict === 'deny')) return 'denied';
  return answers.length >= quorumOf(approval.demands) ? 'allowed' : 'open';
}

/** Each check stops one forgery: no answer, an old one, another call, the requester, one person as a quorum. */
function checkAnswer(
  approval: Approval,
  { verdict, person, fingerprint }: Answer,
  atMs: number,
): void {
  const refuse = (what: string): never => {
    throw new SupervisionError('APPROVAL_REFUSED', `approval \`${approval.id}\` ${what}`);
  };
  if (!verdicts.has(verdict)) refuse('was answered with neither `allow` nor `deny`');
  if (approval.state === 'expired' || atMs >= approval.expiresAtMs) refuse('has expired');
  if (approval.state !== 'open') refuse(`is ${approval.state} already`);
  if (approval.fingerprint !== fingerprint) refuse('is for another call than the fingerprint says');
  if (approval.requesters.some((requester) => isSamePerson(requester, person.id))) {
    refuse('cannot be answered by who asked for the call');
  }
  if (approval.answers.some((answer) => isSamePerson(answer.person, person.id))) {
    refuse('was answered by this person before; it needs distinct persons');
  }
}

const verdicts: ReadonlySet<unknown> = new Set<Answer['verdict']>(['allow', 'deny']);

function isSamePerson(one: string, other: string): boolean {
  return foldName(one) === foldName(other);
}

/** Coarser than the names of agents: taking two persons for one refuses, taking one for two approves. */
function foldName(name: string): string {
  const seen = name.normalize('NFKC').replaceAll(unseen, '');
  return seen.toUpperCase().toLowerCase().normalize('NFKC');
}

const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
