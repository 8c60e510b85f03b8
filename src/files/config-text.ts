import { parse as parsePath } from 'node:path';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';

/** A place in a configuration file, line and column from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TextProblem {
  readonly place: Place;
  readonly message: string;
}

/** A configuration file as plain data, and where its parts stand. */
export interface ConfigText {
  readonly value: unknown;
  /** The place of the value at a path, or of the key itself; of the nearest parent that is there. */
  locate(path: readonly PropertyKey[], what: 'key' | 'value'): Place;
}

/**
 * Reads YAML 1.2 (or strict JSON, by the name of the file) without anything that could stand for something else:
 * no tags, anchors, aliases, merges, directives or second documents; keys are strings and not repeated.
 */
export function parseConfigText(
  name: string,
  text: string,
):
  | { readonly ok: true; readonly text: ConfigText }
  | { readonly ok: false; readonly problems: readonly TextProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    place: placeAt(lines, pos[0]),
    message: toSentence(message),
  }));
  problems.push(...findIndirections(document, lines));
  if (problems.length === 0 && parsePath(name).ext.toLowerCase() === '.json' && !isJson(text)) {
    const message =
      'this is YAML and not strict JSON (comments, trailing commas or unquoted words); rename the file to .yaml or mend it';
    problems.push({ place: { line: 1, column: 1 }, message });
  }
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, 20) };
  const locate: ConfigText['locate'] = (path, what) =>
    placeAt(lines, findOffset(document, path, what));
  return { ok: true, text: { value: document.toJS({ maxAliasCount: 0 }), locate } };
}

function findIndirections(document: Document.Parsed, lines: LineCounter): readonly TextProblem[] {
  const found: TextProblem[] = [];
  const add = (offset: number | undefined, message: string): void => {
    found.push({ place: placeAt(lines, offset ?? 0), message });
  };
  if (document.directives.yaml.explicit === true)
    add(0, 'directives are not accepted; leave `%YAML` out');
  visit(document, {
    Node(key, node) {
      if (isAlias(node)) add(node.range?.[0], 'aliases are not accepted; write the value out');
      else if (node.anchor !== undefined)
        add(node.range?.[0], 'anchors are not accepted; leave it out');
      else if (node.tag !== undefined) add(node.range?.[0], 'tags are not accepted; leave it out');
      else if (
        key === 'key' &&
        isScalar(node) &&
        (node.value === '<<' || node.value === '__proto__')
      ) {
        add(node.range?.[0], 'this key is not accepted; leave it out');
      }
    },
  });
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function findOffset(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  what: 'key' | 'value',
): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [index, name] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
      if (pair === undefined) return offset;
      node = isLast && what === 'key' ? pair.key : pair.value;
    } else if (isSeq(node) && typeof name === 'number') node = node.items[name];
    else return offset;
    if (isNode(node)) offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function toSentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\s+/g, ' ');
}
