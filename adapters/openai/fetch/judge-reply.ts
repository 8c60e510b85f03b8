import { describeNotDone, type Outcome, type SubmitRequest } from 'ringfence/spi';
import { toRequest, type Answering } from '../guard-parts.ts';
import { toJson } from '../wire-call.ts';
import type { OpenCalls } from './open-calls.ts';
import type { ReplyCall } from './reply.ts';

type Request = ReturnType<ReturnType<typeof toRequest>>;

export interface Judging {
  readonly parts: Answering;
  readonly open: OpenCalls;
  /** Why a tool of the request could not be registered, by name. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Judges the calls of a reply side by side; id -> why it was refused. What is not in there is open now. */
export async function judgeCalls(
  judging: Judging,
  calls: readonly ReplyCall[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const requestOf = toRequest({ ...judging.parts, thread: undefined }, signal);
  const answers = new Map<string, string>();
  const judgeOne = async (call: ReplyCall): Promise<void> => {
    const outcome = await judge(judging, call, requestOf(call.id));
    if (outcome.status !== 'released') answers.set(call.id, tell(call.name, outcome));
  };
  await Promise.all(calls.map(judgeOne));
  return answers;
}

async function judge(
  { parts: { hypervisor }, open, problems }: Judging,
  call: ReplyCall,
  request: Request,
): Promise<Outcome<never>> {
  const submit = (args: SubmitRequest['args']): Promise<Outcome<never>> =>
    hypervisor.submit({ tool: call.name, args, ...request, mode: 'advisory' }, neverRun);
  const { seat } = request;
  if (!open.reserve(seat, call.id)) {
    return submit({ invalid: 'another call with the same id is still open' });
  }
  let isReleased = false;
  try {
    const problem = problems.get(call.name);
    const outcome = await submit(problem === undefined ? toArgs(call) : { invalid: problem });
    if (outcome.status === 'released') {
      isReleased = true;
      open.add(seat, call.id, outcome.callId);
    }
    return outcome;
  } finally {
    if (!isReleased) open.free(seat, call.id);
  }
}

function toArgs({ kind, text }: ReplyCall): SubmitRequest['args'] {
  return kind === 'custom' ? { text } : { json: toJson(text) };
}

function tell(name: string, outcome: Outcome<never>): string {
  switch (outcome.status) {
    case 'pending':
      return `${describeNotDone(name, outcome)} To go on then, make the same call again.`;
    case 'refused':
    case 'released':
    case 'unknown':
      return describeNotDone(name, outcome);
    case 'failed':
    case 'done':
      return `The call of \`${name}\` was not executed.`;
  }
}

function neverRun(): never {
  throw new Error('a call in advisory mode was run here');
}
