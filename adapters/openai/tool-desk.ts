import { z } from 'zod';
import { SupervisionError, type Hypervisor, type Json, type Manifest } from 'ringfence/spi';
import { isObject } from './json.ts';

/** What a tool is, as the model is told. */
export interface ToolWords {
  readonly name: string;
  readonly description: string;
  readonly parameters: Json | undefined;
}

/** Registers tools under the manifests that the operator gave. */
export interface ToolDesk {
  /** Throws `TOOL_INVALID` or `NAME_COLLISION` for a tool that is registered otherwise, or cannot be. */
  register(tool: ToolWords): void;
  /** What is wrong with the arguments by the tool's JSON Schema; undefined where nothing is, or the schema is beyond us. */
  findMismatch(tool: ToolWords, args: Json): string | undefined;
}

/** What the operator declares of the tools, by name. */
export interface ToolDeclarations {
  readonly manifests: { readonly [name: string]: Manifest };
  readonly actions: { readonly [name: string]: string | ((args: Json) => string) };
}

export function createToolDesk(
  hypervisor: Hypervisor,
  { manifests, actions }: ToolDeclarations,
): ToolDesk {
  const known = new Map<string, string>();
  const validators = new Map<string, z.ZodType | undefined>();
  return {
    register({ name, description, parameters }) {
      const isBare = description === '' && parameters === undefined;
      // a map of functions says nothing of its tools: what is registered already says more
      if (isBare && hypervisor.tools.find(name) !== undefined) return;
      const words = JSON.stringify([description, parameters]);
      if (known.get(name) === words) return;
      const manifest = own(manifests, name);
      const action = own(actions, name);
      hypervisor.tools.register({
        name,
        description,
        ...(parameters === undefined ? {} : { schema: parameters }),
        ...(manifest === undefined ? {} : { manifest }),
        ...(action === undefined ? {} : { action }),
      });
      known.set(name, words);
    },
    findMismatch({ name, parameters }, args) {
      if (!isObject(parameters)) return undefined;
      if (!validators.has(name)) validators.set(name, toValidator(parameters));
      const checked = validators.get(name)?.safeParse(args);
      if (checked === undefined || checked.success) return undefined;
      return checked.error.issues.slice(0, 3).map(toWords).join('; ');
    },
  };
}

// a tool called `toString` has no declaration in an empty object
function own<T>(declared: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(declared, name) ? declared[name] : undefined;
}

/** Undefined for a schema that zod cannot read; the tool then stands by itself, as it does without us. */
function toValidator(parameters: { readonly [key: string]: Json }): z.ZodType | undefined {
  try {
    return z.fromJSONSchema({ ...parameters });
  } catch {
    return undefined;
  }
}

function toWords({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `\`${path.map(String).join('.')}\`: ${message}`;
}

/** What an operator reads when a tool cannot be registered; other errors are thrown on. */
export function describeProblem(error: unknown): string {
  if (error instanceof SupervisionError) return error.message;
  throw error;
}
