import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model/json.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import type { Seat } from '../../src/core/model/call.ts';
import { startBench, type Bench } from '../support/harness.ts';

/** A tool as the contract hands it out; the adapter makes one of its framework of it. */
export interface ContractTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly schema: { readonly [key: string]: Json };
  readonly manifest: Manifest;
  readonly run: (args: unknown) => Promise<unknown>;
}

/** One call of a turn, as a model would write it. */
export interface ContractCall {
  readonly id: string;
  readonly tool: string;
  readonly args: { readonly [key: string]: Json };
}

/** One answer, as the framework hands it to the model. */
export interface ContractAnswer {
  readonly id: string;
  readonly text: string;
}

/** What became of one turn of the model. */
export interface ContractTurn {
  /** In the order in which the model would read them. */
  readonly answers: readonly ContractAnswer[];
  /** The ids of the calls that wait for a person. */
  readonly waiting: readonly string[];
  /** Comes back, as a user of the framework would. It answers no approval. Answers and waiting ids of the whole turn. */
  resume(): Promise<ContractTurn>;
}

/** The framework with our adapter in it. Waiting for a person must not need a clock: interrupt, or wait 0 ms. */
export interface ContractSession {
  send(
    calls: readonly ContractCall[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ContractTurn>;
  /** The framework's own way to run the calls of a turn once more; left out where it never does. */
  readonly rerun?: (calls: readonly ContractCall[]) => Promise<ContractTurn>;
}

export interface AdapterUnderTest {
  open(world: {
    readonly bench: Bench;
    readonly seat: Seat;
    readonly tools: readonly ContractTool[];
  }): Promise<ContractSession>;
  /** An error by which the framework itself steers; `send` must reject with the very same one. */
  readonly controlFlow?: () => Error;
  /** The framework makes two pieces of work of an id that one turn names twice; each is then judged by itself. */
  readonly repeatsIds?: true;
}

const read: Manifest = { effect: 'read', undo: 'none', output: 'trusted', paths: [] };
const write: Manifest = { effect: 'write', undo: 'full', paths: [] };
const text = { type: 'string' };

const allowReads = {
  name: 'reads',
  condition: { tool: ['look', 'broken'] },
  approval: 'auto_approve',
};
const mail = (approval: string) => ({ name: 'mail', condition: { tool: 'mail' }, approval });

interface World {
  readonly bench: Bench;
  readonly session: ContractSession;
  /** Name and arguments of everything that a tool was entered with. */
  readonly ran: readonly { readonly tool: string; readonly args: unknown }[];
}

const look = (id: string, note: string): ContractCall => ({ id, tool: 'look', args: { note } });
const send = (id: string, to: string): ContractCall => ({ id, tool: 'mail', args: { to } });
const ids = ({ answers }: ContractTurn): readonly string[] => answers.map(({ id }) => id);
const answerTo = (turn: ContractTurn, id: string): string =>
  turn.answers.find((answer) => answer.id === id)?.text ?? `no answer to ${id}`;

/** What every adapter keeps, whatever its framework. One call a way in: an agent, a tool node, a loop, a client. */
export function adapterContract(name: string, adapter: AdapterUnderTest): void {
  const open = async (
    rules: readonly Json[],
    options: Parameters<typeof startBench>[1] & { readonly thrown?: () => Error } = {},
  ): Promise<World> => {
    const { thrown = () => new Error('the wire is cut'), ...parts } = options;
    const bench = await startBench(rules, parts);
    const agent = await bench.hypervisor.agents.register({ id: 'clerk' });
    const ran: { tool: string; args: unknown }[] = [];
    const tool = (name: string, manifest: Manifest, field: string, answer: () => unknown) => ({
      name,
      description: `The tool ${name}`,
      schema: {
        type: 'object',
        properties: { [field]: text },
        required: [field],
        additionalProperties: false,
      },
      manifest,
      run: async (args: unknown) => {
        ran.push({ tool: name, args });
        return answer();
      },
    });
    const tools = [
      tool('look', read, 'note', () => `note ${ran.length}`),
      tool('mail', write, 'to', () => `sent ${ran.length}`),
      tool('broken', read, 'note', () => {
        throw thrown();
      }),
    ];
    const seat = bench.hypervisor.seat(agent);
    return { bench, ran, session: await adapter.open({ bench, seat, tools }) };
  };
  const answerAll = async ({ bench }: World, verdict: 'allow' | 'deny'): Promise<void> => {
    const person = await bench.hypervisor.authenticate('ann');
    for (const { approvalId, call } of await bench.hypervisor.approvals.list()) {
      const { fingerprint } = call;
      await bench.hypervisor.approvals.answer(approvalId, { verdict, person, fingerprint });
    }
  };
  const decisions = async ({ bench }: World): Promise<readonly (Json | undefined)[]> =>
    (await bench.entries())
      .filter(({ type }) => type === 'call.decided')
      .map(({ verdict }) => verdict);

  describe(`adapter: ${name}`, () => {
    it('answers every id once and in order, and one bad call costs no sibling', async () => {
      const world = await open([allowReads, mail('deny')]);
      const turn = await world.session.send([
        look('c1', 'a'),
        send('c2', 'x@y.example'),
        look('c3', 'b'),
        { id: 'c4', tool: 'nowhere', args: {} },
        look('c5', 'c'),
      ]);
      expect(ids(turn)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
      expect(turn.waiting).toEqual([]);
      expect(world.ran.map(({ args }) => args).toSorted(byText)).toEqual([
        { note: 'a' },
        { note: 'b' },
        { note: 'c' },
      ]);
      for (const id of ['c1', 'c3', 'c5']) expect(answerTo(turn, id)).toMatch(/^"?note \d"?$/);
    });

    it('tells the model what was not executed, why, and that asking again is no use', async () => {
      const world = await open([allowReads, mail('deny')]);
      const told = answerTo(await world.session.send([send('c1', 'secret@y.example')]), 'c1');
      expect(told).toContain('mail');
      expect(told).toMatch(/not (executed|run)/);
      expect(told).toContain('RULE_DENIED');
      expect(told).toMatch(/refused again/);
      expect(told).not.toContain('secret@y.example');
      expect(world.ran).toEqual([]);
    });

    it('calls a failed supervisor by its own code, and not a denial by a person', async () => {
      const throws = {
        name: 'moody',
        decide: async () => {
          throw new Error('down');
        },
      };
      const world = await open([allowReads], { supervisors: [throws] });
      const told = answerTo(await world.session.send([look('c1', 'a')]), 'c1');
      expect(told).toContain('SUPERVISOR_ERROR');
      expect(told).not.toMatch(/person|user/i);
      expect(world.ran).toEqual([]);
    });

    it('hands the tool the frozen arguments that were judged, and judges each call once', async () => {
      const world = await open([allowReads]);
      await world.session.send([look('c1', 'a'), look('c2', 'b')]);
      expect(world.ran).toHaveLength(2);
      for (const { args } of world.ran) expect(Object.isFrozen(args)).toBe(true);
      expect(await decisions(world)).toEqual(['allow', 'allow']);
    });

    it('refuses arguments that do not match, and runs nothing', async () => {
      const world = await open([allowReads]);
      const bad = [
        { id: 'c1', tool: 'look', args: {} },
        { id: 'c2', tool: 'look', args: { note: 7 } },
      ];
      const turn = await world.session.send(bad);
      expect(ids(turn)).toEqual(['c1', 'c2']);
      expect(world.ran).toEqual([]);
    });

    it('lets the framework tell of an error of the tool, and logs it', async () => {
      const world = await open([allowReads]);
      const turn = await world.session.send([
        { id: 'c1', tool: 'broken', args: { note: 'a' } },
        look('c2', 'b'),
      ]);
      expect(ids(turn)).toEqual(['c1', 'c2']);
      expect(answerTo(turn, 'c1')).toContain('the wire is cut');
      expect(answerTo(turn, 'c2')).toContain('note');
      const finished = (await world.bench.entries()).filter(({ type }) => type === 'call.finished');
      expect(finished.map(({ status }) => status).toSorted(byText)).toEqual(['done', 'failed']);
    });

    it.runIf(adapter.controlFlow !== undefined)(
      'lets the control flow of the framework pass',
      async () => {
        const error = adapter.controlFlow?.() ?? new Error('none');
        const world = await open([allowReads], { thrown: () => error });
        const sending = world.session.send([{ id: 'c1', tool: 'broken', args: { note: 'a' } }]);
        await expect(sending).rejects.toBe(error);
      },
    );

    it('waits for a person, and a resume is not an answer', async () => {
      const world = await open([allowReads, mail('require_review')]);
      const turn = await world.session.send([look('c1', 'a'), send('c2', 'x@y.example')]);
      expect(turn.waiting).toEqual(['c2']);
      const blanket = await turn.resume();
      expect(blanket.waiting).toEqual(['c2']);
      expect(world.ran.map(({ tool }) => tool)).toEqual(['look']);
      expect(await world.bench.hypervisor.approvals.list()).toHaveLength(1);
      await answerAll(world, 'allow');
      const answered = await blanket.resume();
      expect(answered.waiting).toEqual([]);
      expect(ids(answered)).toEqual(['c1', 'c2']);
      expect(answerTo(answered, 'c2')).toMatch(/sent/);
      expect(world.ran.map(({ tool }) => tool)).toEqual(['look', 'mail']);
    });

    it('tells a denial by a person from silence', async () => {
      const world = await open([allowReads, mail('require_review')]);
      const denied = await world.session.send([send('c1', 'x@y.example')]);
      await answerAll(world, 'deny');
      expect(answerTo(await denied.resume(), 'c1')).toContain('DENIED');
      const late = await world.session.send([send('c2', 'z@y.example')]);
      world.bench.clock.advance(3_600_001);
      expect(answerTo(await late.resume(), 'c2')).toContain('EXPIRED');
      expect(world.ran).toEqual([]);
    });

    it('judges what one id is used for twice, and runs it once unless the framework tells them apart', async () => {
      const world = await open([allowReads, mail('auto_approve')]);
      const calls = [send('c1', 'x@y.example'), send('c1', 'z@y.example')];
      await world.session.send(calls).catch(() => undefined);
      const allowed = (await decisions(world)).filter((verdict) => verdict === 'allow');
      expect(world.ran.length).toBeLessThanOrEqual(adapter.repeatsIds === true ? 2 : 1);
      expect(world.ran.length).toBe(allowed.length);
    });

    it('starts nothing for a caller that has gone', async () => {
      const world = await open([allowReads]);
      const signal = AbortSignal.abort();
      await world.session.send([look('c1', 'a')], { signal }).catch(() => undefined);
      expect(world.ran).toEqual([]);
    });

    it('starts nothing once the kill switch is thrown', async () => {
      const world = await open([allowReads]);
      await world.bench.hypervisor.killSwitch.kill('all', 'test');
      expect(answerTo(await world.session.send([look('c1', 'a')]), 'c1')).toContain('KILLED');
      expect(world.ran).toEqual([]);
    });

    it('does not do again what a re-run names, but evaluates what was refused', async () => {
      const world = await open([allowReads, mail('deny')]);
      const { rerun } = world.session;
      if (rerun === undefined) return;
      const calls = [look('c1', 'a'), send('c2', 'x@y.example')];
      const first = await world.session.send(calls);
      world.bench.setRules([allowReads, mail('auto_approve')]);
      const again = await rerun(calls);
      expect(answerTo(again, 'c1')).toBe(answerTo(first, 'c1'));
      expect(answerTo(again, 'c2')).toMatch(/sent/);
      expect(await rerun(calls)).toMatchObject({ answers: again.answers });
      expect(world.ran.map(({ tool }) => tool)).toEqual(['look', 'mail']);
    });

    it('follows an edit of the rules between two turns', async () => {
      const world = await open([allowReads, mail('deny')]);
      await world.session.send([send('c1', 'x@y.example')]);
      world.bench.setRules([allowReads, mail('auto_approve')]);
      expect(answerTo(await world.session.send([send('c2', 'x@y.example')]), 'c2')).toMatch(/sent/);
      expect(world.ran).toHaveLength(1);
    });
  });
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}
