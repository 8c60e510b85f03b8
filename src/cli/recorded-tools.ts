import { z } from 'zod';
import type { Json } from '../core/model/json.ts';
import type { EntryBody } from '../core/model/ports.ts';
import type { ToolDefinition } from '../core/model/tool.ts';
import { declarationSchema, type DeclaredTools } from './tools-file.ts';

/** A tool as rules shall see it, and a name for this very definition. */
export interface KnownTool {
  readonly tool: ToolDefinition;
  readonly definition: string;
  /** False where nobody says what the tool is: it then counts as an undeclared one. */
  readonly isKnown: boolean;
}

/** Which tools recorded calls spoke of: by what the log tells, unless a tools file says otherwise. */
export interface RecordedTools {
  /** Takes an entry `tool.registered`; false if it cannot be read. */
  learn(entry: EntryBody): boolean;
  find(name: string, digest: string): KnownTool;
}

const manifestSchema = declarationSchema.omit({ description: true, action: true, schema: true });
const contentSchema = z.object({
  name: z.string(),
  description: z.string(),
  action: z.unknown(),
  schema: z.custom<Json>((value) => value !== undefined),
  manifest: manifestSchema.nullable(),
});
/** What a schema of zod takes and gives; rules see what it gives. */
const bothSides = z.object({ output: z.custom<Json>((value) => value !== undefined) });

export function createRecordedTools(declared: DeclaredTools | undefined): RecordedTools {
  const byDigest = new Map<string, KnownTool>();
  const byName = new Map<string, KnownTool>();
  for (const [name, [tool]] of declared ?? []) {
    if (tool !== undefined) byName.set(name, { tool, definition: `file ${name}`, isKnown: true });
  }
  const undeclared = new Map<string, KnownTool>();

  return {
    learn({ definition, content, isParsed }) {
      const { success, data } = contentSchema.safeParse(content);
      if (!success || typeof definition !== 'string') return false;
      const tool = toDefinition(data, isParsed === true);
      byDigest.set(definition, { tool, definition, isKnown: true });
      return true;
    },
    find(name, digest) {
      const known = byName.get(name) ?? byDigest.get(digest) ?? undeclared.get(name);
      if (known !== undefined) return known;
      const tool = { name, description: '' };
      const unknown = { tool, definition: `undeclared ${name}`, isKnown: false };
      undeclared.set(name, unknown);
      return unknown;
    },
  };
}

function toDefinition(
  { name, description, action, schema, manifest }: z.output<typeof contentSchema>,
  isParsed: boolean,
): ToolDefinition {
  const seen = isParsed ? bothSides.safeParse(schema).data?.output : schema;
  return {
    name,
    description,
    ...(typeof action === 'string' ? { action } : {}),
    ...(manifest === null ? {} : { manifest }),
    ...(seen === undefined || seen === null ? {} : { schema: seen }),
  };
}
