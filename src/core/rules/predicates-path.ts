import type { ToolCall } from '../model/call.ts';
import { type Json, isJsonArray } from '../model/json.ts';
import type { ToolDefinition } from '../model/tool.ts';
import { type ArgPath, parseArgPath, readPath } from './arg-path.ts';
import { isInside, isPathText } from './path-text.ts';
import { type Predicate, listedItems, ofText } from './predicate.ts';
import type { ConditionSource, ListItem, Lists, PredicatesSource } from './source.ts';
import { type Truth, either } from './truth.ts';

/** `path_inside`: the real path of the value is one of the folders, or in it. */
export function compilePathPredicates(
  { path_inside: inside }: PredicatesSource,
  lists: Lists,
): readonly Predicate[] {
  if (inside === undefined) return [];
  const folders = toFolders(listedItems(inside, lists));
  if (folders === undefined) return [{ name: 'path_inside', test: () => 'error' }];
  const test = ofText((text, { facts }) => {
    const real = isPathText(text) ? facts.realPath?.(text) : undefined;
    if (real === undefined) return 'error';
    let truth: Truth = false;
    for (const folder of folders) {
      const place = facts.realPath?.(folder);
      truth = either(truth, place === undefined ? 'error' : isInside(real, place));
    }
    return truth;
  });
  return [{ name: 'path_inside', test }];
}

function toFolders(items: readonly ListItem[] | undefined): readonly string[] | undefined {
  const folders = items?.filter((item) => typeof item === 'string');
  return folders?.length === items?.length ? folders : undefined;
}

/** What a condition must have looked up before it can be asked: its folders, and the values at these places. */
export interface PathWants {
  readonly folders: readonly string[];
  readonly args: readonly ArgPath[];
  readonly destinations: boolean;
}

/** Undefined for a condition that asks for no paths, as nearly all are. */
export function pathWants(
  { args = {}, destinations }: ConditionSource,
  lists: Lists,
): PathWants | undefined {
  const asking = Object.entries(args).filter(([, each]) => each.path_inside !== undefined);
  const sources = [...asking.map(([, each]) => each), destinations ?? {}];
  const folders = sources.flatMap(({ path_inside: inside }) =>
    inside === undefined ? [] : (toFolders(listedItems(inside, lists)) ?? []),
  );
  if (folders.length === 0) return undefined;
  return {
    folders,
    args: asking.map(([path]) => parseArgPath(path)).filter((path) => path !== undefined),
    destinations: destinations?.path_inside !== undefined,
  };
}

/** The texts to look up for one call, each once. */
export function wantedPaths(
  wants: readonly PathWants[],
  call: ToolCall,
  tool: ToolDefinition,
): readonly string[] {
  const texts = new Set<string>();
  for (const { folders, args, destinations } of wants) {
    const declared = destinations ? (tool.manifest?.destinations ?? []).map(parseArgPath) : [];
    for (const path of [...args, ...declared]) {
      if (path !== undefined) addTexts(texts, readPath(call.args, path));
    }
    for (const folder of folders) texts.add(folder);
  }
  return [...texts];
}

function addTexts(texts: Set<string>, value: Json | undefined): void {
  for (const each of isJsonArray(value) ? value : [value]) {
    if (typeof each === 'string' && isPathText(each)) texts.add(each);
  }
}
