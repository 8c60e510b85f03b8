import { z } from 'zod';
import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import { sealJson, sha256Hex } from '../model/seal-json.ts';
import {
  undeclaredManifest,
  type Manifest,
  type RegisteredTool,
  type ToolDefinition,
  type ToolRegistration,
} from '../model/tool.ts';
import { isZod, toJsonSchema } from './json-schema.ts';

/** A registered tool with everything that a call of it needs. */
export interface Tool extends RegisteredTool {
  /** Canonical. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly isDeclared: boolean;
  readonly timeoutMs: number;
  /** What the digest is of, as the log keeps it: `isParsed` if a schema of zod makes what rules see. */
  readonly shape: { readonly content: Json; readonly isParsed: boolean };
  actionOf(args: Json): string;
}

export interface ToolRegistry {
  /** The same definition again gives the same handle; another one under the name is an error. */
  register(definition: ToolRegistration): Tool;
  /** By any spelling that is the same name once canonical; undefined for unknown and impossible names. */
  find(name: string): Tool | undefined;
  list(): readonly Tool[];
}

const manifestSchema = z.strictObject({
  effect: z.enum(['read', 'write', 'admin']),
  undo: z.enum(['full', 'partial', 'none']),
  output: z.enum(['trusted', 'untrusted']).optional(),
  external: z.boolean().optional(),
  destinations: z.array(z.string()).optional(),
  paths: z.array(z.string()).optional(),
  undoWindowSeconds: z.number().min(0).max(86_400).optional(),
  advisory: z.boolean().optional(),
});

const defaultTimeoutMs = 60_000;

export function createToolRegistry(onUndeclared: (tool: Tool) => void): ToolRegistry {
  const tools = new Map<string, Tool>();
  return {
    list: () => [...tools.values()],
    find(name) {
      const known = tools.get(name);
      if (known !== undefined) return known;
      try {
        return tools.get(canonicalName('tool', name));
      } catch (error) {
        if (error instanceof SupervisionError) return undefined;
        throw error;
      }
    },
    register(definition) {
      const tool = createTool(definition);
      const known = tools.get(tool.name);
      if (known === undefined) {
        tools.set(tool.name, tool);
        if (!tool.isDeclared) onUndeclared(tool);
        return tool;
      }
      if (known.definition.name !== definition.name) throw collision(known, definition);
      if (known.digest === tool.digest) return known;
      throw new SupervisionError(
        'TOOL_INVALID',
        `tool \`${tool.name}\` is registered with another definition; give it another name`,
      );
    },
  };
}

function collision(known: Tool, { name }: ToolRegistration): SupervisionError {
  return new SupervisionError(
    'NAME_COLLISION',
    `tools \`${known.definition.name}\` and \`${name}\` have the same canonical name \`${known.name}\`; rename one`,
  );
}

function createTool(definition: ToolRegistration): Tool {
  const name = canonicalName('tool', definition.name);
  const manifest = parseManifest(name, definition.manifest);
  const { action = 'run', timeoutMs = defaultTimeoutMs } = definition;
  if (!(timeoutMs > 0)) throw invalid(name, 'has a `timeoutMs` that is not above 0');
  const { value: content, canonical } = sealJson(toShape(name, definition, manifest));
  const fixed = typeof action === 'string' ? canonicalName('action', action) : undefined;
  return Object.freeze({
    name,
    manifest,
    timeoutMs,
    definition: toDefinition(definition, manifest),
    digest: sha256Hex(canonical),
    shape: { content, isParsed: isZod(definition.schema) },
    isDeclared: definition.manifest !== undefined,
    actionOf: (args: Json) =>
      fixed ?? canonicalName('action', typeof action === 'string' ? action : action(args)),
  });
}

/** With our own manifest: rules read it here, and the host's object may change after it was registered. */
function toDefinition(
  { action, manifest: _theirs, ...rest }: ToolRegistration,
  manifest: Manifest,
): ToolDefinition {
  const declared = _theirs === undefined ? rest : { ...rest, manifest };
  return Object.freeze(typeof action === 'string' ? { ...declared, action } : declared);
}

function toShape(name: string, definition: ToolRegistration, manifest: Manifest) {
  const { description, schema, action = 'run' } = definition;
  return {
    name,
    action: typeof action === 'string' ? action : { computed: true },
    description,
    schema: toJsonSchema(name, schema),
    manifest: definition.manifest === undefined ? null : manifest,
  };
}

function parseManifest(name: string, manifest: Manifest | undefined): Manifest {
  if (manifest === undefined) return undeclaredManifest;
  const { success, data, error } = manifestSchema.safeParse(manifest);
  if (!success) throw invalid(name, `has a wrong manifest: ${z.prettifyError(error)}`);
  const { output = 'untrusted', ...declared } = data;
  const copy = withoutUndefined(declared);
  for (const list of [copy.destinations, copy.paths]) Object.freeze(list);
  return Object.freeze({ output, ...copy });
}

/** exactOptionalPropertyTypes: zod's optional keys may be there and undefined. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  return JSON.parse(JSON.stringify(value));
}

function invalid(name: string, what: string): SupervisionError {
  return new SupervisionError('TOOL_INVALID', `tool \`${name}\` ${what}`);
}
