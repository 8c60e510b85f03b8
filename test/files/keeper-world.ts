import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Json, JsonObject } from '../../src/core/model/json.ts';
import type { Log, Records, Texts } from '../../src/core/model/ports.ts';
import { openRuleKeeper, type RuleKeeper } from '../../src/files/rule-keeper.ts';
import type { RuleLoader } from '../../src/files/rule-loader.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createMemoryTexts } from '../../src/stores/memory/texts.ts';
import { createHandClock } from './clocks.ts';

const folders: string[] = [];
const keepers: RuleKeeper[] = [];
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A rule on one tool. */
export function rule(name: string, approval: string, more: object = {}): Json {
  return JSON.parse(JSON.stringify({ name, condition: { tool: name }, approval, ...more }));
}

/** A rules folder, and stores that outlive the keepers which are opened on them. */
export async function keeperWorld(parts: Partial<Stores> = {}) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-keeper-')));
  folders.push(dir);
  const path = join(dir, 'rules');
  await mkdir(path);
  const stores: Stores = {
    log: createMemoryLog(),
    records: createMemoryRecords(),
    texts: createMemoryTexts(),
    ...parts,
  };
  const clock = createHandClock();
  const events: JsonObject[] = [];
  return {
    path,
    clock,
    events,
    ...stores,
    async save(name: string, ...rules: readonly Json[]): Promise<void> {
      await writeFile(join(path, name), JSON.stringify({ rules }));
    },
    /** As a process that starts; `dies` at that journal entry or event of its life. */
    async open(options: Options = {}): Promise<RuleKeeper> {
      const { activate = 'immediately', records = stores.records, journal } = options;
      const keeper = await openRuleKeeper({
        path,
        ...stores,
        records,
        clock,
        load: { env: 'production', ...options.load },
        activate,
        ...(options.loader === undefined ? {} : { loader: options.loader }),
      });
      keepers.push(keeper);
      await keeper.start({
        journal: async (body) => {
          await journal?.(body.type);
          const [link] = await stores.log.append([body]);
          return link ?? { seq: 0, leaf: '' };
        },
        emit: (name, event) => void events.push({ ...event, name }),
      });
      return keeper;
    },
    async entries(type = 'rules.activated'): Promise<readonly JsonObject[]> {
      const found: JsonObject[] = [];
      for await (const { body } of stores.log.read(1)) if (body.type === type) found.push(body);
      return found;
    },
  };
}

interface Stores {
  readonly log: Log;
  readonly records: Records;
  readonly texts: Texts;
}

interface Options {
  readonly activate?: 'immediately' | 'tightening';
  readonly records?: Records;
  readonly journal?: (type: string) => Promise<void>;
  readonly load?: object;
  readonly loader?: RuleLoader;
}
