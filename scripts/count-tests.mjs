// Prints `Tests: N passed, N failed` from the report that vitest's JSON reporter wrote; fails if any failed or none ran.
import { readFileSync } from 'node:fs';

/** A file that could not even be loaded has no tests, and counts as one that failed. */
function countUnloaded(report) {
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return unloaded.length;
}

function count(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const failed = report.numFailedTests + countUnloaded(report);
    // an error outside any test fails the run, though no test of it failed
    return { passed: report.numPassedTests, failed: report.success ? failed : Math.max(failed, 1) };
  } catch (error) {
    console.error(`no report of the tests at ${file}: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
}

const { passed, failed } = count(process.argv[2] ?? '');
console.log(`Tests: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
