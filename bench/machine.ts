import { cpus, loadavg, platform, totalmem } from 'node:os';

/** What the figures were measured on, in one line: without it they mean little. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `Node ${process.versions.node}, ${platform()} ${process.arch}, ${processors.length} x ${model}, ${gib} GiB, load ${load} at the start`;
}
