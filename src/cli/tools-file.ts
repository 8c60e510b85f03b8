import { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/model/json.ts';
import { canonicalName } from '../core/model/names.ts';
import { quote } from '../core/model/quote.ts';
import type { ToolDefinition } from '../core/model/tool.ts';
import { readJsonFile } from './json-file.ts';

/** What a tools file says of one tool. */
export const declarationSchema = z.strictObject({
  effect: z.enum(['read', 'write', 'admin']),
  undo: z.enum(['full', 'partial', 'none']),
  output: z.enum(['trusted', 'untrusted']).exactOptional(),
  external: z.boolean().exactOptional(),
  destinations: z.array(z.string()).exactOptional(),
  paths: z.array(z.string()).exactOptional(),
  undoWindowSeconds: z.number().min(0).max(86_400).exactOptional(),
  advisory: z.boolean().exactOptional(),
  description: z.string().exactOptional(),
  action: z.string().exactOptional(),
  schema: z.custom<Json>((value) => value !== undefined, 'expected a JSON Schema').exactOptional(),
});

/** Declarations by tool name. */
export const toolsSchema = z.record(z.string(), declarationSchema);

/** Tools by their canonical names; two groups may declare one differently. */
export type DeclaredTools = ReadonlyMap<string, readonly ToolDefinition[]>;

/** Reads `{ NAME: { effect, undo, … } }`, or the same one level deeper in groups (`{ GROUP: { NAME: … } }`), of which `group` picks one. */
export async function readTools(
  path: string,
  options: { readonly cwd: string; readonly group?: string | undefined },
): Promise<DeclaredTools> {
  const file = { cwd: options.cwd, path, code: 'TOOL_INVALID' } as const;
  const raw = await readJsonFile(z.record(z.string(), z.custom<Json>()), file);
  if (!isGrouped(raw)) return mergeGroups([await readJsonFile(toolsSchema, file)]);
  const groups = await readJsonFile(z.record(z.string(), toolsSchema), file);
  const { group } = options;
  if (group === undefined) return mergeGroups(Object.values(groups));
  const picked = Object.hasOwn(groups, group) ? groups[group] : undefined;
  if (picked !== undefined) return mergeGroups([picked]);
  const known = Object.keys(groups).map((name) => quote(name));
  throw invalid(path, `has no group ${quote(group)}; it has ${known.join(', ')}`);
}

/** The one declaration of a tool; throws where there is none, or more than one. */
export function pickTool(tools: DeclaredTools, name: string, path: string): ToolDefinition {
  const [tool, ...others] = tools.get(canonicalName('tool', name)) ?? [];
  if (tool === undefined) throw invalid(path, `declares no tool ${quote(name)}`);
  if (others.length === 0) return tool;
  const remedy = 'pick a group with `--group`, or rename one';
  throw invalid(path, `declares ${quote(name)} twice and differently; ${remedy}`);
}

/** A tool has an `effect`; a group has nothing but objects. */
export function isGrouped(content: JsonObject): boolean {
  const values = Object.values(content);
  return (
    values.length > 0 &&
    values.every(
      (value) =>
        isJsonObject(value) &&
        typeof value['effect'] !== 'string' &&
        Object.values(value).every(isJsonObject),
    )
  );
}

function mergeGroups(groups: readonly z.output<typeof toolsSchema>[]): DeclaredTools {
  const tools = new Map<string, ToolDefinition[]>();
  for (const [written, declaration] of groups.flatMap((group) => Object.entries(group))) {
    const name = canonicalName('tool', written);
    const known = tools.get(name) ?? [];
    const tool = toDefinition(written, declaration);
    if (!known.some((other) => isSame(other, tool))) known.push(tool);
    tools.set(name, known);
  }
  return tools;
}

function isSame(one: ToolDefinition, other: ToolDefinition): boolean {
  return JSON.stringify({ ...one, name: '' }) === JSON.stringify({ ...other, name: '' });
}

/** The tool that a declaration makes. */
export function toDefinition(
  name: string,
  { description = '', action, schema, ...manifest }: z.output<typeof declarationSchema>,
): ToolDefinition {
  return {
    name,
    description,
    manifest,
    ...(action === undefined ? {} : { action }),
    ...(schema === undefined ? {} : { schema }),
  };
}

function invalid(path: string, what: string): SupervisionError {
  return new SupervisionError('TOOL_INVALID', `the tools file ${quote(path, 200)} ${what}`);
}
