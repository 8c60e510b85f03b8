import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../scripts/count-tests.mjs');
const folder = mkdtempSync(join(tmpdir(), 'ringfence-count-'));
afterAll(() => rmSync(folder, { recursive: true }));

const loaded = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const unloaded = { status: 'failed', assertionResults: [] };

function count(report: object | string) {
  const file = join(folder, 'report.json');
  writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
  const { stdout, status } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  return [stdout, status];
}

describe('the count of tests for CI', () => {
  it.each<[string, object | string, string, number]>([
    [
      'passes when all passed',
      { numPassedTests: 5, numFailedTests: 0, success: true, testResults: [loaded] },
      'Tests: 5 passed, 0 failed\n',
      0,
    ],
    [
      'fails with the failed ones',
      { numPassedTests: 5, numFailedTests: 2, success: false, testResults: [loaded] },
      'Tests: 5 passed, 2 failed\n',
      1,
    ],
    [
      'counts a file that could not be loaded',
      { numPassedTests: 5, numFailedTests: 0, success: false, testResults: [loaded, unloaded] },
      'Tests: 5 passed, 1 failed\n',
      1,
    ],
    [
      'counts an error outside the tests',
      { numPassedTests: 5, numFailedTests: 0, success: false, testResults: [loaded] },
      'Tests: 5 passed, 1 failed\n',
      1,
    ],
    [
      'fails when nothing ran',
      { numPassedTests: 0, numFailedTests: 0, success: true, testResults: [] },
      'Tests: 0 passed, 0 failed\n',
      1,
    ],
    ['fails without a report', '{"cut', 'Tests: 0 passed, 1 failed\n', 1],
  ])('%s', (_, report, line, status) => {
    expect(count(report)).toEqual([line, status]);
  });
});
