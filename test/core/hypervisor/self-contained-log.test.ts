import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson } from '../../../src/core/model/canonical-json.ts';
import { toText } from '../../../src/core/model/json.ts';
import { sha256Hex } from '../../../src/core/model/sha256.ts';
import { startBench } from '../../support/harness.ts';
import { allow, countingTool, reads } from '../../support/tools.ts';

// whoever reads the log later, and knows nothing else, can judge its calls by other rules
describe('what a decision was made from stands in the log', () => {
  it('env and roles stand in the decision, of an agent without roles nothing', async () => {
    const { hypervisor, entries } = await startBench([allow('mail')], { env: 'staging' });
    const { tool } = countingTool(hypervisor, 'mail');
    const agent = await hypervisor.agents.register({ id: 'bot', roles: ['support'] });
    await tool.attempt({}, { seat: hypervisor.seat(agent) });
    await tool.attempt({});
    const decided = (await entries()).filter(({ type }) => type === 'call.decided');
    expect(decided).toMatchObject([
      { agent: 'bot', env: 'staging', roles: ['support'] },
      { agent: 'default', env: 'staging' },
    ]);
    expect(decided[1]).not.toHaveProperty('roles');
  });

  it('a tool is described once, before the first decision about it, by what its digest is of', async () => {
    const { hypervisor, entries } = await startBench([allow('mail')]);
    const schema = z.strictObject({ to: z.string() });
    const { attempt } = countingTool(hypervisor, 'mail', { schema, manifest: reads });
    countingTool(hypervisor, 'never called');
    await attempt({ to: 'ann' });
    await attempt({ to: 'bob' });
    const all = await entries();
    const described = all.filter(({ type }) => type === 'tool.registered');
    expect(described).toMatchObject([{ tool: 'mail', isParsed: true }]);
    const [entry] = described;
    expect(entry?.['definition']).toBe(sha256Hex(canonicalJson(entry?.['content'] ?? null)));
    expect(all.findIndex(({ type }) => type === 'tool.registered')).toBeLessThan(
      all.findIndex(({ type }) => type === 'call.decided'),
    );
    const decided = all.find(({ type }) => type === 'call.decided');
    expect(decided?.['definition']).toBe(entry?.['definition']);
  });

  it('what the user said stands in the vault, and in the log only as a commitment', async () => {
    const { hypervisor, entries, parts } = await startBench([]);
    const { session } = hypervisor.seat('bot', 'support');
    session.observe({ role: 'user', text: 'pay bill 17' });
    await hypervisor.health();
    const observed = (await entries()).find(({ type }) => type === 'session.observed');
    expect(observed).toMatchObject({ session: 'support', role: 'user' });
    expect(JSON.stringify(observed)).not.toContain('bill');
    const sealed = await parts.vault.get(toText(observed?.['vault']));
    expect(sealed?.values).toEqual({ text: '"pay bill 17"' });
  });
});
