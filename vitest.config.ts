import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['ringfence-src', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['ringfence-src', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/property-seed.ts'],
    execArgv: ['-C', 'ringfence-src'],
    // a shared disk can hold a sync for most of a minute
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // nothing here mocks modules: files share what they import, which halves the time
    isolate: false,
    // the default leaves one core idle: half of the machines that we have
    maxWorkers: availableParallelism(),
    typecheck: { enabled: false },
  },
});
