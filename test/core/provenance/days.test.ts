import { describe, expect, it } from 'vitest';
import { createProvenance, type Entered } from '../../../src/core/provenance/provenance.ts';

const said: Entered = { origin: 'user', text: 'pay the rent on 2026-04-01' };
const page: Entered = { origin: 'untrusted', tool: 'mail', text: 'to acct-9988 by 2 May 2026' };

function originOf(value: string): string {
  const provenance = createProvenance();
  provenance.add(said);
  provenance.add(page);
  return provenance.originOf(value).origin;
}

describe('where a day came from', () => {
  it.each(['2026-04-01 10:30', '2026-04-01T10:30:00Z', 'Wed, 1 April 2026', '4/1/2026, 8:15 pm'])(
    'is the user’s with a time too: %s',
    (value) => expect(originOf(value)).toBe('user'),
  );

  it('is the stranger’s who gave it', () => {
    expect(originOf('2026-05-02T09:00')).toBe('untrusted');
  });

  it('is unknown where nobody gave it, though others speak of its year', () => {
    expect(originOf('2026-07-09 09:00')).toBe('unknown');
  });

  it('says nothing of what else stands beside it', () => {
    expect(originOf('2026-04-01 acct-9988')).toBe('mixed');
    expect(originOf('acct-9988 on 2026-04-01')).toBe('mixed');
  });

  it.each([
    'monster 2026-04-01',
    'friends, 2026-04-01',
    '2026-04-01 2026-05-02',
    '2026-04-01 10:00 2026-05-02 10:00',
  ])('is not the user’s with a word or another day beside it: %s', (value) => {
    expect(originOf(value)).not.toBe('user');
  });
});

describe('where a number came from', () => {
  it('says nothing of another one beside it', () => {
    const provenance = createProvenance();
    provenance.add({ origin: 'user', text: 'the invoices of 2026' });
    provenance.add({ origin: 'untrusted', tool: 'mail', text: 'our new account: 55512345' });
    expect(provenance.originOf('2,026').origin).toBe('user');
    expect(provenance.originOf('2026-55512345').origin).toBe('mixed');
  });
});
