import { describe, expect, it } from 'vitest';
import { findToolList, parseTools } from '../../src/cli/trace-tools.ts';

const read = { effect: 'read', undo: 'full' };
const parse = (content: unknown) => parseTools('tools.json', JSON.stringify(content));

describe('parseTools', () => {
  it('reads tools by suite, and finds the longest prefix that ends at a slash', () => {
    const lists = parse({ bank: { pay: read }, 'bank/eu': { pay: read, send: read } });
    const prefixOf = (suite: string) => findToolList(lists, suite)?.prefix;
    expect(prefixOf('bank')).toBe('bank');
    expect(prefixOf('bank/us')).toBe('bank');
    expect(prefixOf('bank/eu/it')).toBe('bank/eu');
    expect(prefixOf('banking')).toBeUndefined();
  });

  it('reads tools by name alone, for every suite', () => {
    expect(findToolList(parse({ pay: read }), 'any/where')?.tools.has('pay')).toBe(true);
  });

  it('keeps names that collide, with all their spellings', () => {
    const [list] = parse({ shop: { Pay: read, pay: read, PAY: read, see: read } });
    expect([...(list?.colliding ?? [])]).toEqual([['pay', ['Pay', 'pay', 'PAY']]]);
  });

  it.each([
    ['no JSON', '{', /tools\.json:1:2/],
    ['a list', '[]', /expected an object/],
    ['an unknown effect', '{"shop":{"pay":{"effect":"x","undo":"full"}}}', /suite `shop`.*effect/],
    ['an impossible name', '{"shop":{"p\\u200by":{"effect":"read","undo":"full"}}}', /U\+200B/],
  ])('refuses %s with its place', (_, text, message) => {
    expect(() => parseTools('tools.json', text)).toThrow(message);
  });
});
