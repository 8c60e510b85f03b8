import {
  changeKinds,
  looseningKinds,
  type ChangeByRule,
  type ChangeKind,
} from '../core/rules/simulation-tally.ts';
import { toPrintable } from './printable.ts';
import { simulationToJson, type Simulated, type SimulationJson } from './simulation-json.ts';
import type { Style } from './style.ts';
import { toTable } from './table.ts';

const titles: { readonly [kind in ChangeKind]: string } = {
  deny_to_allow: 'newly allowed, denied before',
  deny_to_review: 'newly reviewed, denied before',
  review_to_allow: 'newly allowed, reviewed before',
  filters_lost: 'no longer filtered as before',
  allow_to_review: 'newly reviewed, allowed before',
  allow_to_deny: 'newly denied, allowed before',
  review_to_deny: 'newly denied, reviewed before',
  room_freed: 'no longer over a limit, since fewer calls took from it',
};

/** What a person reads: totals, then what loosens, then what tightens, then what could not be compared. */
export function showSimulation(simulated: Simulated, style: Style): string {
  const json = simulationToJson(simulated);
  const tightened = changeKinds.filter((kind) => !looseningKinds.includes(kind));
  const parts = [
    showHead(json, simulated.window !== undefined),
    showTotals(json),
    json.loosened === 0
      ? ''
      : style.red(style.bold(`LOOSENS ${count(json.loosened, 'call')}`)) +
        (simulated.allowsLoosening ? ' (allowed by --allow-loosening)' : ''),
    ...looseningKinds.map((kind) => showKind(json, kind, style.red)),
    ...tightened.map((kind) => showKind(json, kind, style.yellow)),
    showGaps(json, style),
    showEnd(json, style),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function showHead(json: SimulationJson, isLog: boolean): string {
  const with_ = json.against === null ? 'what was decided' : `rules ${json.against.slice(0, 12)}`;
  const since = json.since === null ? '' : ` since ${json.since}`;
  const until = json.until === null ? '' : ` until ${json.until}`;
  const calls = isLog ? 'calls of the log' : 'calls of the trace';
  return `rules ${json.candidate.slice(0, 12)} against ${with_}: ${json.compared} ${calls}${since}${until}`;
}

function showTotals({ totals, against }: SimulationJson): string {
  const verdicts = ['allow', 'review', 'deny'] as const;
  const before = against === null ? 'recorded' : 'before';
  const rows = verdicts.map((from) => [from, ...verdicts.map((to) => totals[from][to])]);
  return toTable([`${before} \\ now`, ...verdicts], rows);
}

const maxPairs = 20;

function showKind(json: SimulationJson, kind: ChangeKind, paint: (text: string) => string): string {
  const calls = json.changes[kind] ?? 0;
  if (calls === 0) return '';
  const pairs = json.byRule.filter((each) => each.kind === kind);
  const rows = pairs.slice(0, maxPairs).map((each) => [`  ${ruleChange(each)}`, each.calls]);
  const more = pairs.length > maxPairs ? [`  … and ${pairs.length - maxPairs} more`] : [];
  return [
    paint(`${titles[kind]}: ${calls}`),
    toTable(['  rule before -> rule now', 'calls'], rows),
    ...more,
    ...json.examples.filter((each) => each.kind === kind).map(showExample),
  ].join('\n');
}

function ruleChange({ from, to }: { [key in keyof ChangeByRule]?: unknown }): string {
  const name = (rule: unknown): string => (typeof rule === 'string' ? toPrintable(rule) : '(none)');
  return `${name(from)} -> ${name(to)}`;
}

function showExample(example: SimulationJson['examples'][number]): string {
  const { call, time, tool, action, agent, session, args } = example;
  const shown = Array.isArray(args)
    ? args.join(', ')
    : Object.entries(args)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ');
  const head = `  e.g. ${time}  ${tool}.${action}  agent ${agent}, session ${session}, call ${call}`;
  return `${toPrintable(head)}\n       (${toPrintable(shown)})`;
}

/** Silence about these would read as "all is well". */
function showGaps({ notCompared, notes, byRuleIsCut }: SimulationJson, style: Style): string {
  const { withoutArguments, refusedBefore, deniedElsewhere, untold, damagedLines } = notCompared;
  const gaps: readonly (readonly [number, string])[] = [
    [withoutArguments, 'without arguments (erased, or never written): not compared'],
    [refusedBefore, 'refused by a gate before the rules were asked: not compared'],
    [
      deniedElsewhere,
      'decided by something else than rules, whose answer is not kept: not compared',
    ],
    [untold, 'of which a rule asks what the record does not tell: not compared'],
    [damagedLines, 'lines that cannot be read: `ringfence audit verify` tells more of a log'],
    [notes.undeclared, 'of tools that are not described: taken as undeclared (`--tools FILE`)'],
    [notes.redeemed, 'came back with an answer of a person: counted once, as first decided'],
    [
      notes.rewritten,
      'compared as filters left them: what the rules say of the arguments as they came is not known',
    ],
    [
      notes.judged,
      'decided by a judge otherwise than by the rules alone: what these say is compared',
    ],
    [notes.forgotten, 'sessions whose past was forgotten to bound the memory'],
  ];
  const lines = gaps
    .filter(([calls]) => calls > 0)
    .map(([calls, what]) => style.dim(`${String(calls).padStart(8)}  ${what}`));
  if (byRuleIsCut) lines.push(style.dim('more pairs of rules changed than are listed'));
  return lines.join('\n');
}

function showEnd({ compared, loosened, changes }: SimulationJson, style: Style): string {
  if (compared === 0) return style.red('there was no call to compare, so this says nothing');
  if (loosened > 0) return '';
  const changed = Object.values(changes).some((calls) => calls > 0);
  return style.green(changed ? 'nothing is loosened' : 'nothing changes for these calls');
}

function count(calls: number, what: string): string {
  return `${calls} ${what}${calls === 1 ? '' : 's'}`;
}
