import { describe, expect, it } from 'vitest';
import { findUrls } from '../../src/filters/find-urls.ts';
import { pii } from '../../src/filters/pii.ts';
import { secrets } from '../../src/filters/secrets.ts';
import { filterArgs } from '../filters/run-filter.ts';

/** A part over and over, up to 200,000 characters. */
const many = (part: string): string => part.repeat(Math.floor(200_000 / part.length));

// what makes engines that backtrack, and searches that begin again at every place, take squares of the length
const texts: readonly string[] = [
  ...['a', 'a@', '-----BEGIN PRIVATE KEY-----', 'password=', 'eyJaaaaaaaa.', 'https://'].map(many),
  ...['1', '1.1.', 'a://b:c', '//a (', 'token: "', '&#104;', 'a.b@'].map(many),
  ...['="', '=\'"\n', '= \n', '](\n', '/\n', '&#0', '&#x0'].map(many),
];

describe('exhaustion (class 15): filters', () => {
  it('take time that grows with the length of a text alone', async () => {
    const [mask, hide] = [pii(), secrets()];
    const startedMs = performance.now();
    for (const text of texts) {
      await filterArgs(mask, text);
      await filterArgs(hide, text);
      for (const _link of findUrls(text));
    }
    // squares of these take minutes; the bound is wide, since machines are slow and shared
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('let others work meanwhile', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await filterArgs(pii(), many('x 4111 '));
    isDone = true;
    expect(turns).toBeGreaterThan(2);
  });
});
