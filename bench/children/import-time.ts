// Prints how long the import of the module named first takes, in milliseconds, and what else is loaded then.
import { registerHooks } from 'node:module';

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error('usage: import-time.ts MODULE');
const isListing = process.argv.includes('--list');
const loaded = new Set<string>();
if (isListing) {
  registerHooks({
    load(url, context, next) {
      loaded.add(url);
      return next(url, context);
    },
  });
}
const startedMs = performance.now();
await import(name);
const tookMs = performance.now() - startedMs;
console.log(JSON.stringify({ tookMs, loaded: [...loaded] }));
