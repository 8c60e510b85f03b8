import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['ringfence-src', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['ringfence-src', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    execArgv: ['-C', 'ringfence-src'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // nothing here mocks modules: files share what they import, which halves the time
    isolate: false,
    typecheck: { enabled: false },
  },
});
