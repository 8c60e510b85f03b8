import { describe, expect, it } from 'vitest';
import { isWanted, mayHoldWanted, parseBenchArguments } from '../../bench/arguments.ts';

describe('the arguments of the bench', () => {
  it('takes --only short for a short run of everything', () => {
    const short = { json: false, short: true, only: undefined };
    expect(parseBenchArguments(['--only', 'short'])).toEqual(short);
    expect(parseBenchArguments(['--short'])).toEqual(short);
    expect(parseBenchArguments(['--short', '--only', 'call', '--json'])).toEqual({
      json: true,
      short: true,
      only: 'call',
    });
  });

  it('refuses what it does not know', () => {
    expect(() => parseBenchArguments(['--onyl', 'call'])).toThrow(/--onyl/);
    expect(() => parseBenchArguments(['call'])).toThrow(/call/);
  });

  it.each([
    ['rules.decide.10', 'rules', true],
    ['rules.decide.10', 'rules.*.10', true],
    ['rules.decide.10', 'rulesxdecide', false],
    ['call.supervised', 'rules', false],
    ['call.supervised', undefined, true],
  ])('asks of %s whether it is %s: %s', (name, only, wanted) => {
    expect(isWanted(name, only)).toBe(wanted);
  });

  it('finds the group of a figure that is named in full', () => {
    expect(mayHoldWanted('rules.decide', 'rules.decide.1000')).toBe(true);
    expect(mayHoldWanted('rules.decide', 'rules.compared.10')).toBe(false);
  });
});
