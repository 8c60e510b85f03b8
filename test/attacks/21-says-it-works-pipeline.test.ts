import { describe, expect, it, vi } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import { settle, startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

describe('class 21, saying it works: health is red when it does not', () => {
  it('red while the log cannot be written, green after it is back', async () => {
    const { hypervisor, parts, clock } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    expect(await hypervisor.health()).toEqual({ ok: true, problems: [] });
    const broken = vi.spyOn(parts.log, 'append').mockRejectedValue(new Error('disk full'));
    const recover = vi.spyOn(parts.log, 'recover').mockRejectedValue(new Error('disk full'));
    await attempt();
    clock.advance(20_000);
    await settle();
    const { ok, problems } = await hypervisor.health();
    expect(ok).toBe(false);
    expect(problems.join()).toContain('the action log cannot be written');
    broken.mockRestore();
    recover.mockRestore();
    clock.advance(20_000);
    await settle();
    expect((await hypervisor.health()).ok).toBe(true);
    expect(codeOf(await attempt())).toBe('done');
  });

  it('red while something is killed, and it says what and why', async () => {
    const { hypervisor } = await startBench([]);
    await hypervisor.killSwitch.kill({ tool: 'mail' }, 'it went wrong');
    const { ok, problems } = await hypervisor.health();
    expect(ok).toBe(false);
    expect(problems.join()).toMatch(/mail.*it went wrong/);
  });

  it('red after it was closed, and nothing runs', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    await hypervisor.close();
    expect((await hypervisor.health()).ok).toBe(false);
    expect(codeOf(await attempt())).toBe('CLOSED');
    expect(runs).toEqual([]);
  });

  it('a kill that could not be made durable rejects, and holds all the same', async () => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    vi.spyOn(parts.records, 'compareAndSet').mockRejectedValue(new Error('disk full'));
    await expect(hypervisor.killSwitch.kill('all', 'test')).rejects.toThrow('disk full');
    expect(codeOf(await attempt())).toBe('KILLED');
  });

  it('a quarantine that could not be made durable rejects, and holds all the same', async () => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    vi.spyOn(parts.records, 'compareAndSet').mockRejectedValue(new Error('disk full'));
    await expect(hypervisor.quarantine.enter('default', 'manual')).rejects.toThrow('disk full');
    expect(codeOf(await attempt())).toBe('QUARANTINED');
  });

  it('a revival that could not be logged rejects, and opens nothing', async () => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    await hypervisor.killSwitch.kill({ tool: 'mail' }, 'test');
    const person = await hypervisor.authenticate('ann');
    const broken = vi.spyOn(parts.log, 'append').mockRejectedValue(new Error('disk full'));
    await expect(hypervisor.killSwitch.revive({ tool: 'mail' }, person)).rejects.toThrow(
      'disk full',
    );
    broken.mockRestore();
    expect(codeOf(await attempt())).toBe('KILLED');
  });

  it('records that cannot be read at start: it does not start', async () => {
    const { parts } = await startBench([]);
    vi.spyOn(parts.records, 'list').mockRejectedValue(new Error('unreadable'));
    await expect(openHypervisor(parts)).rejects.toThrow('unreadable');
  });

  it('a record of a kill that cannot be read kills everything', async () => {
    const { parts } = await startBench([allow('mail')]);
    await parts.records.compareAndSet('kill', 'x', 0, { scope: { odd: 1 } });
    const { hypervisor } = await openHypervisor(parts);
    const { attempt } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt())).toBe('KILLED');
    expect((await hypervisor.health()).ok).toBe(false);
    await hypervisor.killSwitch.revive('all', await hypervisor.authenticate('ann'));
    expect(codeOf(await attempt())).toBe('done');
    expect(await parts.records.list('kill')).toEqual([]);
  });

  it('`invoke` never gives a value for a call that was not done', async () => {
    const { hypervisor } = await startBench([]);
    const { tool } = countingTool(hypervisor, 'mail');
    await expect(tool.invoke({})).rejects.toMatchObject({ code: 'NO_RULE' });
  });
});
