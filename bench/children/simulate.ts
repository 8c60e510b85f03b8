// Runs `ringfence simulate` with the given arguments and prints its time, that of the processor, and the most memory it took, as JSON.
import { run } from '../../src/cli/run.ts';
import { systemIo } from '../../src/cli/io.ts';

const startedMs = performance.now();
const code = await run(['simulate', ...process.argv.slice(2)], {
  ...systemIo(),
  stdout: process.stderr,
});
const ms = performance.now() - startedMs;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const cpuMs = (userCPUTime + systemCPUTime) / 1000;
// the operating system says kilobytes
console.log(JSON.stringify({ code, ms, cpuMs, maxRssBytes: maxRSS * 1024 }));
