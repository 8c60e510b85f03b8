import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { SupervisionError } from '../core/model/errors.ts';
import type { Clock } from '../core/model/ports.ts';
import { compileRule, type CheckedRule, type CompiledRule } from '../core/rules/compiled-rule.ts';
import { createRulePlaces } from '../core/rules/candidates.ts';
import type { LoadOptions, RuleFile } from '../core/rules/load.ts';
import { createRuleSet, type RuleSet } from '../core/rules/rule-set.ts';
import type { RuleSource } from '../core/rules/source.ts';
import type { JsonObject } from '../core/model/json.ts';
import type { LoadedCandidate } from './rule-candidate.ts';
import { partsOf, toHead, type RuleWork, type RuleWorkReply, type SentRule } from './rule-work.ts';
import { createSlices } from './slices.ts';

export interface RuleThread {
  load(
    files: readonly RuleFile[],
    against: RuleSet | undefined,
    options: LoadOptions,
  ): Promise<LoadedCandidate>;
  /** Ends what runs: it rejects with CLOSED. */
  close(): Promise<void>;
}

/** Node reads our sources as they are, and the build beside them has `.js`. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ours = new URL(`./rule-worker.${extension}`, import.meta.url);

/** Checks rules in another thread, one thread a set, and builds them here in short slices. */
export function createRuleThread(options: {
  readonly clock: Clock;
  /** Milliseconds that a check may take; default two minutes. */
  readonly timeoutMs?: number;
  /** What runs in the thread; tests have others that crash or hang. */
  readonly script?: URL;
}): RuleThread {
  const { clock, timeoutMs = 120_000, script = ours } = options;
  const running = new Map<Worker, (error: SupervisionError) => void>();

  const ask = async (
    files: readonly RuleFile[],
    against: RuleSet | undefined,
    load: LoadOptions,
  ) => {
    const { port1, port2 } = new MessageChannel();
    const { promise, resolve, reject } = Promise.withResolvers<RuleWorkReply>();
    // the thread reads no file and no secret of ours: it is handed texts and gives back data
    const worker = new Worker(script, { execArgv: [], env: {} });
    running.set(worker, reject);
    worker.once('message', (reply: RuleWorkReply) => resolve(reply));
    worker.once('error', (cause) => reject(failed('the thread that checks them failed', cause)));
    worker.once('exit', () =>
      reject(failed('the thread that checks them ended before its answer')),
    );
    const stop = clock.after(
      timeoutMs,
      () => reject(failed(`they could not be checked in ${timeoutMs} ms; make them smaller`)),
      { keepAlive: true },
    );
    const send = async (): Promise<void> => {
      const slices = createSlices(clock);
      for (const part of partsOf([...files, ...(against?.files ?? [])])) {
        port1.postMessage(part);
        await slices.pause();
      }
      const work: RuleWork = {
        files: files.map(toHead),
        against: against?.files.map(toHead),
        options: load,
        port: port2,
      };
      worker.postMessage(work, [port2]);
    };
    try {
      const [reply] = await Promise.all([promise, send()]);
      return { reply, port: port1 };
    } catch (error) {
      port1.close();
      throw error;
    } finally {
      stop();
      running.delete(worker);
      await worker.terminate();
    }
  };

  return {
    async load(given, against, load) {
      // whoever gave them may change the list meanwhile: what is built is what was checked
      const files = given.map(({ name, text }) => ({ name, text }));
      const { reply, port } = await ask(files, against, load);
      try {
        if (!reply.ok) return reply;
        const set = await build(files, reply, () => receiveMessageOnPort(port)?.message, clock);
        if (against !== undefined) await warmUp(set, against, clock);
        const { tests, diff, warnings } = reply;
        const candidate = { set, tests, diff, against: against?.version };
        return { ok: true, set: candidate, warnings };
      } finally {
        port.close();
      }
    },
    async close() {
      const closed = new SupervisionError(
        'CLOSED',
        'the rules were closed while they were checked',
      );
      const ending = [...running].map(([worker, reject]) => {
        reject(closed);
        return worker.terminate();
      });
      await Promise.all(ending);
    },
  };
}

function failed(what: string, cause?: unknown): SupervisionError {
  const message = `the rules are not put in force: ${what}`;
  return new SupervisionError('RULES_INVALID', message, { cause });
}

/** The rules as they were checked, compiled by what compiles every rule; the costly parts are built when asked for. */
async function build(
  files: readonly RuleFile[],
  reply: Extract<RuleWorkReply, { readonly ok: true }>,
  receive: () => unknown,
  clock: Clock,
): Promise<RuleSet> {
  const lists = new Map(reply.lists);
  const rules: CompiledRule[] = [];
  const places = createRulePlaces();
  const slices = createSlices(clock);
  for (;;) {
    const message = receive();
    if (typeof message !== 'string') break;
    const sent: readonly SentRule[] = JSON.parse(message);
    for (const one of sent) {
      const rule = compileRule(toChecked(one), lists);
      rules.push(rule);
      places.add(rule);
    }
    await slices.pause();
  }
  if (rules.length !== reply.rules) throw failed('the thread that checks them lost some');
  const { version, defaults } = reply;
  return createRuleSet({ version, defaults, files: byName(files), rules, lists, places });
}

/** What was decided under the old set is ready in the new one before it is in force: no decision pays for the swap. */
async function warmUp(set: RuleSet, against: RuleSet, clock: Clock): Promise<void> {
  const slices = createSlices(clock);
  for (const asked of against.asked()) {
    const steps = set.prepare(asked)[Symbol.iterator]();
    while (steps.next().done !== true) await slices.pause();
  }
}

function toChecked({ file, raw, source }: SentRule): CheckedRule {
  const meant: JsonObject | RuleSource = source ?? raw;
  if (isSource(meant)) return { file, raw, source: meant };
  throw failed('the thread that checks them sent something else');
}

/** What is sent was parsed by the schema in the other thread; a look shows that it is what was meant. */
function isSource(value: JsonObject | RuleSource): value is RuleSource {
  return (
    typeof value['name'] === 'string' &&
    typeof value['condition'] === 'object' &&
    typeof value['approval'] === 'string'
  );
}

function byName(files: readonly RuleFile[]): readonly RuleFile[] {
  return files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
