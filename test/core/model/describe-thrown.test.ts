import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeThrown } from '../../../src/core/model/describe-thrown.ts';
import { SupervisionError } from '../../../src/core/model/errors.ts';

const refuse = (): never => {
  throw new Error('hostile');
};

class Hostile extends Error {
  override toString = refuse;
  override get name(): string {
    return refuse();
  }
  override get message(): string {
    return refuse();
  }
  override get stack(): string {
    return refuse();
  }
  override get cause(): unknown {
    return refuse();
  }
}

describe('a thrown value in words', () => {
  it('is code and words of our own errors, in one line, and what caused them', () => {
    const cause = Object.assign(new Error('open /home/ann'), { code: 'EACCES' });
    const error = new SupervisionError('LOG_UNAVAILABLE', 'cannot be\n\u001b[31mwritten', {
      cause,
    });
    expect(describeThrown(error)).toMatch(
      /^LOG_UNAVAILABLE: cannot be \[31mwritten, caused by Error EACCES at describe-thrown\.test\.ts:\d+:\d+/,
    );
  });

  it('says of others what they are and where they were thrown, and none of their words', () => {
    const error = new TypeError('secret\n    at secret (/secret.ts:1:1)', { cause: 'secret' });
    const text = describeThrown(error);
    expect(text).toMatch(
      /^TypeError at describe-thrown\.test\.ts:\d+:\d+( < .+)?, caused by a thrown string$/,
    );
    expect(text).not.toContain('secret');
  });

  it.each<[string, unknown, string]>([
    ['an error that throws whatever is asked of it', new Hostile(), 'Error'],
    [
      'a proxy that refuses',
      new Proxy(new Error('x'), { getPrototypeOf: refuse }),
      'a thrown object',
    ],
    ['an object without a prototype', Object.create(null), 'a thrown object'],
    ['a symbol', Symbol('secret'), 'a thrown symbol'],
    ['nothing', undefined, 'a thrown undefined'],
    ['null', null, 'a thrown null'],
    ['a name that is none', Object.assign(new Error('x'), { name: 'a b', stack: 1 }), 'Error'],
    [
      'a stack of other words',
      Object.assign(new Error('x'), { stack: 'y at secret.ts:1:1' }),
      'Error',
    ],
  ])('is had of %s', (_what, thrown, words) => {
    expect(describeThrown(thrown)).toBe(words);
  });

  it('ends where causes go round, and is one bounded line whatever was thrown', () => {
    const round: Error & { cause?: unknown } = new Error('x');
    round.cause = round;
    expect(describeThrown(round).match(/caused by/g)).toHaveLength(3);
    const long = new SupervisionError('RULES_INVALID', `${'😀'.repeat(1000)}\n`);
    for (const thrown of [round, long])
      expect(describeThrown(thrown).length).toBeLessThanOrEqual(480);
    expect(describeThrown(long).isWellFormed()).toBe(true);
    fc.assert(
      fc.property(fc.anything(), fc.string(), (thrown, message) => {
        for (const each of [thrown, new Error(message, { cause: thrown })]) {
          expect(describeThrown(each)).toMatch(/^[^\n\r]{1,480}$/);
        }
      }),
    );
  });
});
