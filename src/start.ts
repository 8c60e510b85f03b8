import type { Hypervisor } from './core/hypervisor/api.ts';
import type { HypervisorOptions } from './setup.ts';

// importing `ringfence` costs next to nothing: rule engines, watcher and database are loaded by the first start

/**
 * Opens the data folder, reads the rules and starts. Throws `DIR_OWNED`, `DIR_UNUSABLE`, `AUDIT_BROKEN`,
 * `RULES_INVALID` or `RULES_UNSAFE`; whatever was opened by then is closed again.
 * @example
 * const hypervisor = await createHypervisor({ dir: '.ringfence', rules: 'rules' });
 */
export async function createHypervisor(options: HypervisorOptions): Promise<Hypervisor> {
  const { openControl } = await import('./setup.ts');
  return (await openControl(options)).hypervisor;
}

/**
 * As `ringfence.yaml` (or `.json`) says; what only code can give, or shall override, comes beside it.
 * Throws `CONFIG_INVALID` too.
 */
export async function createHypervisorFromConfig(
  file: string,
  options: Partial<HypervisorOptions> = {},
): Promise<Hypervisor> {
  const { openControl, readOptions } = await import('./setup.ts');
  const read = await readOptions(file);
  // added, never replaced: the configuration itself stays out of reach
  const protect = [...(read.protect ?? []), ...(options.protect ?? [])];
  const filters = [...(read.filters ?? []), ...(options.filters ?? [])];
  const control = await openControl({ ...read, ...options, protect, filters });
  return control.hypervisor;
}
