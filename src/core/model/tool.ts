import type { z } from 'zod';
import type { Json } from './json.ts';

/** Privilege level: 0 root, 1 privileged, 2 standard, 3 sandbox. Agents have one, tools require one. */
export type Ring = 0 | 1 | 2 | 3;

/** What the host declares of a tool. Never taken from a request or from the tool's own words. */
export interface Manifest {
  /** read needs ring 3, write ring 2 (ring 1 if it cannot be undone), admin ring 0. */
  readonly effect: 'read' | 'write' | 'admin';
  /** Risk weight 0.2 / 0.65 / 0.95. A write with `none` from ring 2 needs a person. */
  readonly undo: 'full' | 'partial' | 'none';
  /** Default `untrusted`: what it returns may have been written by strangers. */
  readonly output?: 'trusted' | 'untrusted';
  /** Something leaves the system: mail, payment, post, upload. */
  readonly external?: boolean;
  /** Argument paths that say where it goes. */
  readonly destinations?: readonly string[];
  /** Argument paths that name files or hold commands; without it every string is checked against our own folders. */
  readonly paths?: readonly string[];
  /** 0 to 86,400 seconds. */
  readonly undoWindowSeconds?: number;
  /** Foreign code may run it (advisory mode) although it cannot be undone. Default false. */
  readonly advisory?: boolean;
}

/** What `run` gets beside the frozen arguments. The key is the call's own id, never the caller's. */
export interface RunIo {
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
}

/** A tool as a user writes it. `run`, `undo` and the result are inferred from `schema`. */
export interface ToolSpec<S extends z.ZodType, R> {
  readonly name: string;
  /** Default `run`. A function gets the parsed arguments. */
  readonly action?: string | ((args: z.output<S>) => string);
  readonly description: string;
  readonly schema: S;
  readonly manifest: Manifest;
  /** Default 60,000 milliseconds. */
  readonly timeoutMs?: number;
  readonly run: (args: z.output<S>, io: RunIo) => R | Promise<R>;
  readonly undo?: (args: z.output<S>, result: R, io: RunIo) => void | Promise<void>;
}

/** What is registered of a tool, ours or a framework's. */
export interface ToolDefinition {
  readonly name: string;
  /** Default `run`; left out where it is computed from the arguments. */
  readonly action?: string;
  readonly description: string;
  /** A zod schema parses the arguments; a JSON Schema only says which arguments there are. */
  readonly schema?: z.ZodType | Json;
  /** Without one the tool counts as an irreversible write. */
  readonly manifest?: Manifest;
  /** Default 60,000 milliseconds. */
  readonly timeoutMs?: number;
}

/** A definition as it is handed in: its action may be computed from the parsed, frozen arguments. */
export type ToolRegistration = Omit<ToolDefinition, 'action'> & {
  readonly action?: string | ((args: Json) => string);
};

export interface RegisteredTool {
  readonly definition: ToolDefinition;
  /** SHA-256 over name, action, description, JSON Schema and manifest, in hexadecimal. */
  readonly digest: string;
}

/** What an undeclared tool is taken for. */
export const undeclaredManifest: Manifest = { effect: 'write', undo: 'none', output: 'untrusted' };

/** The ring a tool needs, from its manifest alone (spec: rings). */
export function requiredRing(manifest: Manifest): Ring {
  if (manifest.effect === 'admin') return 0;
  if (manifest.effect === 'read') return 3;
  return manifest.undo === 'none' ? 1 : 2;
}

export function isIrreversible(manifest: Manifest): boolean {
  return manifest.effect !== 'read' && manifest.undo === 'none';
}
