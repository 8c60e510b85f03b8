import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** The modules of a fresh process that has imported `door`, by the resolver's own record. */
function loads(door: string): string {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
    await import('${door}');
    process.stdout.write(seen.join('\\n'));`;
  const args = ['-C', 'ringfence-src', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe('the doors', () => {
  it('load no framework but for `ringfence/langchain`', () => {
    expect(loads('ringfence')).not.toContain('langchain');
    expect(loads('ringfence/spi')).not.toContain('langchain');
    expect(loads('ringfence/langchain')).toContain('/node_modules/langchain/');
  });

  it('load no package at all before something is used, `ringfence` at least', () => {
    expect(
      loads('ringfence')
        .split('\n')
        .filter((url) => url.includes('/node_modules/')),
    ).toEqual([]);
  });
});
