import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import { isJsonObject } from '../core/model/json.ts';
import { canonicalName } from '../core/model/names.ts';
import { quote } from '../core/model/quote.ts';
import { parseJson } from '../core/model/parse-json.ts';
import type { ToolDefinition } from '../core/model/tool.ts';
import { notThere } from './exit-code.ts';
import { isGrouped, toDefinition, toolsSchema } from './tools-file.ts';

/** The tools of all suites whose name is `prefix`, or begins with it and a slash; an empty prefix is for all. */
export interface ToolList {
  readonly prefix: string;
  /** By canonical name; of names that collide, the first. */
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  /** Canonical name -> the spellings that have it, two or more. */
  readonly colliding: ReadonlyMap<string, readonly string[]>;
}

const limits = { maxBytes: 64 * 1_048_576, maxDepth: 128 };

/**
 * Reads a tools file: manifests by suite prefix and tool name, or by tool name alone.
 * Throws CONFIG_INVALID, naming the place.
 */
export function parseTools(file: string, content: string): readonly ToolList[] {
  const parsed = parseJson(content, limits);
  if (!parsed.ok) {
    const { message, position } = parsed.problem;
    throw invalid(`${file}:${position.line}:${position.column}`, message);
  }
  const { value } = parsed;
  if (!isJsonObject(value)) throw invalid(file, 'expected an object of tools, by suite or by name');
  if (!isGrouped(value)) return [toList(file, '', value)];
  return Object.entries(value).map(([prefix, tools]) => toList(file, prefix, tools));
}

/** Reads the tools file at `path`; throws as `parseTools`, and for a file that cannot be read. */
export async function readToolLists(path: string, cwd: string): Promise<readonly ToolList[]> {
  return parseTools(path, await readable(path, () => readFile(resolve(cwd, path), 'utf8')));
}

/** What `read` gives of the file `name`; its errors in words. */
export async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (why === 'ENOENT') throw notThere(`there is no file ${quote(name)}`);
    const message = `cannot read ${quote(name)} (${why}); check the path and its permissions`;
    throw new SupervisionError('CONFIG_INVALID', message, { cause });
  }
}

/** The list for a suite: that of the longest prefix; undefined where the file says nothing about it. */
export function findToolList(lists: readonly ToolList[], suite: string): ToolList | undefined {
  let found: ToolList | undefined;
  for (const list of lists) {
    const { prefix } = list;
    const isFor = prefix === '' || suite === prefix || suite.startsWith(`${prefix}/`);
    if (isFor && prefix.length >= (found?.prefix.length ?? 0)) found = list;
  }
  return found;
}

function toList(file: string, prefix: string, content: unknown): ToolList {
  const { success, data, error } = toolsSchema.safeParse(content);
  const place = prefix === '' ? file : `${file}, suite \`${prefix}\``;
  if (!success) throw invalid(place, z.prettifyError(error).replaceAll('\n', ' '));
  const tools = new Map<string, ToolDefinition>();
  const colliding = new Map<string, readonly string[]>();
  for (const [name, declared] of Object.entries(data)) {
    const canonical = toCanonical(place, name);
    const first = tools.get(canonical);
    if (first === undefined) tools.set(canonical, toDefinition(name, declared));
    else colliding.set(canonical, [...(colliding.get(canonical) ?? [first.name]), name]);
  }
  return { prefix, tools, colliding };
}

function toCanonical(place: string, name: string): string {
  try {
    return canonicalName('tool', name);
  } catch (error) {
    if (error instanceof SupervisionError) throw invalid(place, error.message);
    throw error;
  }
}

function invalid(place: string, problem: string): SupervisionError {
  return new SupervisionError('CONFIG_INVALID', `${place}: ${problem}`);
}
