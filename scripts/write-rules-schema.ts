// Writes rules/rules.schema.json from the schemas that the loader parses with; a test says when it is out of date.
import { writeFileSync } from 'node:fs';
import { toRulesJsonSchema } from '../src/core/rules/rules-json-schema.ts';

const path = new URL('../rules/rules.schema.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(toRulesJsonSchema(), undefined, 2)}\n`);
