#!/usr/bin/env node
import { systemIo } from './io.ts';
import { run } from './run.ts';

// a reader that has seen enough (`| head`) closes the pipe: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await run(process.argv.slice(2), systemIo());
