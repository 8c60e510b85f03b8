import { round, toFigure, type Figure, type Note, type Suite } from '../figure.ts';
import { plainCalls, toToolCalls, type PlainCall } from '../generated-calls.ts';
import { plainRules, toSource } from '../generated-rules.ts';
import { peers } from '../peers/all.ts';
import { installPeers } from '../peers/install.ts';
import type { Peer, PeerDecide } from '../peers/peer.ts';
import { sampleInTurns, type Timed } from '../sample.ts';
import { toRuleSet } from '../started.ts';
import { median } from '../statistics.ts';

const label = 'rules.compared';
const ours = 'ringfence';

/** The same rules and calls for everybody: no limits, no reviews, no JSON Logic of ours; allow or not. */
export const comparison: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short, note }): Promise<readonly Figure[]> {
    const isThere = installPeers({ mayInstall: !short, note });
    const figures: Figure[] = [];
    for (const count of short ? [10, 100] : [10, 100, 1_000]) {
      figures.push(...(await compare(count, { short, note, peers: isThere ? peers : [] })));
    }
    return figures;
  },
};

async function compare(
  count: number,
  options: { readonly short: boolean; readonly note: Note; readonly peers: readonly Peer[] },
): Promise<readonly Figure[]> {
  const calls = plainCalls(count, 100);
  const decideOurs = openOurs(count, calls);
  const works: Record<string, Timed> = { [ours]: ourWork(calls.length, decideOurs) };
  for (const peer of options.peers.filter(({ maxRules }) => count <= maxRules)) {
    const decide = await openSame(peer, count, { calls, decideOurs, note: options.note });
    if (decide !== undefined) works[peer.name] = peerWork(calls, decide);
  }
  const samplesOf = await sampleInTurns(works, {
    rounds: options.short ? 15 : 100,
    warmUpMs: options.short ? 100 : 500,
  });
  return Object.keys(works).map((name) =>
    toPeerFigure(`${label}.${count}`, name, samplesOf(name), median(samplesOf(ours))),
  );
}

function openOurs(count: number, calls: readonly PlainCall[]): (index: number) => boolean {
  const set = toRuleSet(plainRules(count).map(toSource));
  const made = toToolCalls(calls);
  return (index) => {
    const one = made[index];
    return one !== undefined && set.decide(one.call, one.facts).verdict === 'allow';
  };
}

/** The peer, if it says of every call what we say of it. */
async function openSame(
  peer: Peer,
  count: number,
  {
    calls,
    decideOurs,
    note,
  }: {
    readonly calls: readonly PlainCall[];
    readonly decideOurs: (index: number) => boolean;
    readonly note: Note;
  },
): Promise<PeerDecide | undefined> {
  const decide = await peer.open(plainRules(count));
  for (const [index, call] of calls.entries()) {
    if ((await decide(call)) === decideOurs(index)) continue;
    note(`${peer.name} left out: it decides otherwise on ${JSON.stringify(call)}`);
    return undefined;
  }
  return decide;
}

function ourWork(count: number, decide: (index: number) => boolean): Timed {
  let next = 0;
  return (times) => {
    for (let i = 0; i < times; i += 1) {
      decide(next);
      next = (next + 1) % count;
    }
  };
}

function peerWork(calls: readonly PlainCall[], decide: PeerDecide): Timed {
  let next = 0;
  return async (times) => {
    for (let i = 0; i < times; i += 1) {
      const call = calls[next];
      next = (next + 1) % calls.length;
      if (call === undefined) continue;
      const answer = decide(call);
      // awaiting costs: only those that are asynchronous pay for it
      if (typeof answer !== 'boolean') await answer;
    }
  };
}

function toPeerFigure(
  label: string,
  name: string,
  micros: readonly number[],
  oursMicros: number,
): Figure {
  if (name === ours) return toFigure(label, 'us', micros);
  const ratio = round(median(micros) / oursMicros);
  return toFigure(`${label}.${name}`, 'us', micros, { peer: name, ratio });
}
