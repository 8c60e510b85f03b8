// Runs one of the examples by its name, or says which there are: npm run example -- judge-openai
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = join(import.meta.dirname, '../examples');
const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
const names = files.map((file) => file.slice(0, -'.ts'.length));
const [given = ''] = process.argv.slice(2);
// with its path and ending too, as a shell completes it
const name = given.replace(/^(?:\.\/)?(?:examples\/)?/u, '').replace(/\.ts$/u, '');

if (names.includes(name)) {
  await import(pathToFileURL(join(folder, `${name}.ts`)).href);
} else {
  process.stderr.write(`usage: npm run example -- NAME\nNAME is one of ${names.join(', ')}\n`);
  process.exitCode = 2;
}
