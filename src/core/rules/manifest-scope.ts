import { type Manifest, undeclaredManifest } from '../model/tool.ts';
import type { ConditionSource } from './source.ts';
import { type Truth, both } from './truth.ts';

type ManifestKeys = Pick<ConditionSource, 'effect' | 'undo' | 'output' | 'external'>;

/** What the manifest of a tool says to a scope; an undeclared one counts as an irreversible write. */
export function manifestScope(scope: ManifestKeys, declared: Manifest | undefined): Truth {
  const manifest = declared ?? undeclaredManifest;
  if (!includes(scope.effect, manifest.effect)) return false;
  if (!includes(scope.undo, manifest.undo)) return false;
  if (!includes(scope.output, manifest.output ?? 'untrusted')) return false;
  if (scope.external === undefined) return true;
  // nobody knows whether an undeclared tool sends something out
  if (declared === undefined) return 'error';
  return both(true, scope.external === (manifest.external ?? false));
}

function includes<T extends string>(wanted: T | readonly T[] | undefined, value: T): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? wanted === value : wanted.includes(value);
}
