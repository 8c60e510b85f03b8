import { findDomainFault, isPublicSuffix, parseDomain } from '../model/host-name.ts';
import { findNetworkFault } from '../model/ip-network.ts';
import { findRegexFault } from '../model/linear-regex.ts';
import { nearestWord } from '../model/nearest-word.ts';
import { quote } from '../model/quote.ts';
import { checkJsonSchema } from './json-schema-check.ts';
import { findFolderFault } from './path-text.ts';
import { findRangeFault } from './predicates-text.ts';
import { toTold } from './remedy.ts';
import type { Finding } from './problem.ts';
import type { ListItem, ListedTexts, Lists, PredicatesSource } from './source.ts';

type Steps = Finding['path'];

/** The predicates of one argument, and the lists they can name. */
interface OperandsAt {
  readonly path: Steps;
  readonly lists: Lists;
}

/** What is wrong with patterns, domains, networks, folders, schemas, lists and ranges of versions. */
export function checkOperands(source: PredicatesSource, at: OperandsAt): readonly Finding[] {
  const { regex, domain, cidr, path_inside: inside, matches_schema: schema, semver } = source;
  const path = (name: string): Steps => [...at.path, name];
  return [
    ...(regex === undefined ? [] : explain(findRegexFault(regex), path('regex'))),
    ...(semver === undefined ? [] : explain(findRangeFault(semver), path('semver'))),
    ...(schema === undefined ? [] : checkJsonSchema(schema, path('matches_schema'))),
    ...checkListed(domain, path('domain'), at.lists, checkDomain),
    ...checkListed(cidr, path('cidr'), at.lists, (text, where) =>
      explain(findNetworkFault(text), where),
    ),
    ...checkListed(inside, path('path_inside'), at.lists, (text, where) =>
      explain(findFolderFault(text), where),
    ),
    ...(['intersects', 'subset'] as const).flatMap((name) => {
      const listed = source[name];
      if (listed === undefined || !('in_list' in listed) || at.lists.has(listed.in_list)) return [];
      return [unknownList(listed.in_list, [...path(name), 'in_list'], at.lists)];
    }),
  ];
}

type TextCheck = (text: string, path: Steps) => readonly Finding[];

function checkListed(
  source: ListedTexts | undefined,
  path: Steps,
  lists: Lists,
  check: TextCheck,
): readonly Finding[] {
  if (source === undefined) return [];
  if (typeof source === 'string') return check(source, path);
  if (!('in_list' in source)) return source.flatMap((text, index) => check(text, [...path, index]));
  const at = [...path, 'in_list'];
  const items = lists.get(source.in_list);
  if (items === undefined) return [unknownList(source.in_list, at, lists)];
  return items.flatMap((item) => ofItem(item, at, check)).slice(0, maxOfList);
}

// one is enough to know that the list is of another kind; a few help to mend it
const maxOfList = 5;

function ofItem(item: ListItem, path: Steps, check: TextCheck): readonly Finding[] {
  if (typeof item !== 'string') {
    const message = `the list holds ${quote(String(item))}, which is not a text`;
    return [{ path, message, remedy: 'write it in quotes, or take it out of the list' }];
  }
  return check(item, path).map((finding) => ({
    ...finding,
    message: `the list holds ${quote(item)}: ${finding.message}`,
  }));
}

function checkDomain(text: string, path: Steps): readonly Finding[] {
  const name = parseDomain(text);
  if (name === undefined || !isPublicSuffix(name)) return explain(findDomainFault(text), path);
  const message = `anybody can register names under ${quote(text)}`;
  const remedy = 'write the domain that somebody registered, as in `example.com`';
  return [{ severity: 'warning', path, message, remedy }];
}

function explain(fault: string | undefined, path: Steps): readonly Finding[] {
  if (fault === undefined) return [];
  return [{ path, ...toTold(fault) }];
}

/** That no file and no host has a list of this name. */
export function unknownList(list: string, path: Steps, lists: Lists): Finding {
  const near = nearestWord(list, [...lists.keys()]);
  const remedy = near === undefined ? 'add it under `lists`' : `did you mean \`${near}\`?`;
  return { path, message: `there is no list ${quote(list)}`, remedy };
}
