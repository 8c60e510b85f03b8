import { SupervisionError } from '../model/errors.ts';
import { quote } from '../model/quote.ts';
import { parseArgPath } from './arg-path.ts';
import { findGlobFault, isGlob } from './glob.ts';
import { checkCommand } from './command.ts';
import { checkLimit } from './check-limit.ts';
import { type ScopeKind, compileNames } from './name-pattern.ts';
import { toTold } from './remedy.ts';
import type { Finding } from './problem.ts';
import {
  type BetweenSource,
  type ConditionSource,
  type Lists,
  type PredicatesSource,
  type ScopeSource,
} from './source.ts';
import { findTimeZone } from './time-zone.ts';
import { checkOperands, unknownList } from './check-operands.ts';
import { checkWhen } from './when-check.ts';

type Steps = Finding['path'];

/** A place in a file, and the lists that rules there can name. */
export interface CheckAt {
  readonly path: Steps;
  readonly lists: Lists;
}

const scopeKinds = [
  ['tool', 'tool'],
  ['action', 'action'],
  ['role', 'role'],
  ['permission', 'permission'],
  ['env', 'plain'],
  ['agent', 'agent'],
] as const satisfies readonly (readonly [string, ScopeKind])[];

/** What a condition of the right form still has wrong: names, paths, globs, lists, times, limits, `when`. */
export function checkCondition(source: ConditionSource, at: CheckAt): readonly Finding[] {
  const { path, lists } = at;
  const { destinations, between, when } = source;
  return [
    ...scopeKinds.flatMap(([key, kind]) => {
      const scope = source[key];
      return scope === undefined ? [] : checkScope(scope, kind, { path: [...path, key], lists });
    }),
    ...checkArgs(source.args ?? {}, { path: [...path, 'args'], lists }),
    ...(destinations === undefined
      ? []
      : checkPredicates(destinations, { path: [...path, 'destinations'], lists })),
    ...(between === undefined ? [] : checkBetween(between, [...path, 'between'])),
    ...(source.limits ?? []).flatMap((limit, index) =>
      checkLimit(limit, [...path, 'limits', index]),
    ),
    ...(when === undefined ? [] : checkWhen(when, [...path, 'when'])),
    ...(['addresses', 'anywhere', 'everywhere'] as const).flatMap((key) => {
      const predicates = source[key];
      return predicates === undefined
        ? []
        : checkPredicates(predicates, { path: [...path, key], lists });
    }),
    ...checkSession(source, at),
  ];
}

/** What is asked of the session, and of what ran before. */
function checkSession({ session, after }: ConditionSource, { path, lists }: CheckAt): Finding[] {
  const findings: Finding[] = [];
  if (session?.user_said !== undefined) {
    const said = [...path, 'session', 'user_said'];
    findings.push(...checkPredicates(session.user_said, { path: said, lists }));
  }
  for (const key of ['tool', 'action'] as const) {
    const scope = after?.[key];
    if (scope === undefined) continue;
    findings.push(...checkScope(scope, key, { path: [...path, 'after', key], lists }));
  }
  return findings;
}

function checkScope(source: ScopeSource, kind: ScopeKind, at: CheckAt): readonly Finding[] {
  if (typeof source === 'string') return checkName(source, kind, at.path);
  if ('in_list' in source) return checkListOfNames(source.in_list, kind, at);
  return source.flatMap((name, index) => checkName(name, kind, [...at.path, index]));
}

function checkListOfNames(list: string, kind: ScopeKind, at: CheckAt): readonly Finding[] {
  const path = [...at.path, 'in_list'];
  const items = at.lists.get(list);
  if (items === undefined) return [unknownList(list, path, at.lists)];
  return items.flatMap((item) => checkName(String(item), kind, path));
}

function checkName(name: string, kind: ScopeKind, path: Steps): readonly Finding[] {
  if (isGlob(name)) {
    const fault = findGlobFault(name);
    if (fault !== undefined) return [globFinding(fault, path)];
  }
  try {
    compileNames([name], kind);
    return [];
  } catch (error) {
    if (!(error instanceof SupervisionError)) throw error;
    return [{ path, ...toTold(error.message) }];
  }
}

function globFinding(fault: string, path: Steps): Finding {
  return { path, ...toTold(fault) };
}

function checkArgs(
  args: NonNullable<ConditionSource['args']>,
  { path, lists }: CheckAt,
): readonly Finding[] {
  return Object.entries(args).flatMap(([name, predicates]) => {
    const at = [...path, name];
    return checkArgPath(name, at).concat(checkPredicates(predicates, { path: at, lists }));
  });
}

function checkArgPath(name: string, path: Steps): Finding[] {
  if (parseArgPath(name) !== undefined) return [];
  const message = `${quote(name)} is not the path of an argument`;
  return [{ path, at: 'key', message, remedy: 'write it dotted (`to.0.name`) or as `/to/0/name`' }];
}

function checkPredicates(source: PredicatesSource, at: CheckAt): readonly Finding[] {
  const { path, lists } = at;
  const findings: Finding[] = [];
  if (source.glob !== undefined) {
    const fault = findGlobFault(source.glob);
    if (fault !== undefined) findings.push(globFinding(fault, [...path, 'glob']));
  }
  if (source.in_list !== undefined && !lists.has(source.in_list)) {
    findings.push(unknownList(source.in_list, [...path, 'in_list'], lists));
  }
  findings.push(...checkOperands(source, at));
  if (source.command !== undefined) {
    findings.push(...checkCommand(source.command, [...path, 'command']));
  }
  findings.push(...checkOrigins(source, at));
  return findings;
}

function checkOrigins(source: PredicatesSource, { path, lists }: CheckAt): Finding[] {
  const findings: Finding[] = [];
  const { first_seen_in: tools, allow_unknown: allowUnknown } = source;
  if (tools !== undefined) {
    findings.push(...checkScope(tools, 'tool', { path: [...path, 'first_seen_in'], lists }));
  }
  if (allowUnknown !== undefined && source.not_from === undefined) {
    const message = '`allow_unknown` says something of `not_from` alone, which is not here';
    const remedy = 'add `not_from`, or take it out';
    findings.push({ path: [...path, 'allow_unknown'], at: 'key', message, remedy });
  }
  return findings;
}

function checkBetween(source: BetweenSource, path: Steps): readonly Finding[] {
  const findings: Finding[] = [];
  if (source.tz !== undefined && findTimeZone(source.tz) === undefined) {
    findings.push(unknownZone(source.tz, [...path, 'tz']));
  }
  if (source.from === source.to) {
    const remedy = 'for whole days write 00:00 to 24:00';
    findings.push({ path, message: '`from` and `to` are the same time', remedy });
  }
  return findings;
}

function unknownZone(name: string, path: Steps): Finding {
  return {
    path,
    message: `there is no time zone ${quote(name)}`,
    remedy: 'write a name such as `Europe/Rome` or `UTC`',
  };
}
