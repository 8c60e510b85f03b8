import type { Facts, ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import type { Gate } from '../model/extension.ts';
import type { Paths } from '../model/ports.ts';
import type { Manifest } from '../model/tool.ts';
import {
  collectDeclared,
  collectTexts,
  formatAt,
  type ArgumentText,
} from './out-of-bounds-arguments.ts';
import { inspectText, type Finding, type Surroundings } from './out-of-bounds-text.ts';
import { createZone, normalizePath, type Place } from './out-of-bounds-zone.ts';

export interface OutOfBoundsOptions {
  /** The folders and files of the hypervisor itself: rules, prompts, state, keys, log, configuration. Asked every second when a function. */
  readonly folders: readonly string[] | (() => readonly string[]);
  readonly paths: Paths;
  readonly manifestOf: (call: ToolCall) => Manifest;
}

/** How long real paths of our own folders are taken as known; a link to them may be swapped by an operator. */
const freshMs = 1000;
/** Real paths that our folders had earlier and that are still protected. */
const maxKnown = 256;

/**
 * Denies a call whose arguments lead into the hypervisor's own folders: as paths or as commands, reading included,
 * by real paths. No rule can loosen it. Without `paths` in the manifest every string is checked. It narrows what an
 * agent can reach by naming it; that a tool's process cannot get there otherwise is for the operating system to see to.
 */
export function createOutOfBoundsGate(options: OutOfBoundsOptions): Gate {
  const survey = createSurvey(options);
  return {
    name: 'out-of-bounds',
    async check(call: ToolCall, facts: Facts): Promise<Deny | undefined> {
      const manifest = options.manifestOf(call);
      const declared = manifest.paths !== undefined;
      const texts = declared ? collectDeclared(call.args, manifest.paths) : collectTexts(call.args);
      if (texts.length === 0) return undefined;
      const around = { ...(await survey(facts.nowMs)), look: lookOnce(options.paths) };
      const reading = { declared, changes: manifest.effect !== 'read' };
      for (const text of texts) {
        const finding = await inspectText(text.text, reading, around);
        if (finding !== undefined) return toDeny(finding, text, call.tool, declared);
      }
      return undefined;
    },
  };
}

/** Within one call a path is asked for once; never longer, since links change. */
function lookOnce(paths: Paths): Surroundings['look'] {
  const known = new Map<string, Promise<string | undefined>>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const real = paths.realPath(path);
    known.set(path, real);
    return real;
  };
}

type Survey = Omit<Surroundings, 'look'>;

/** Where our folders are now; looked up again each second, keeping the places they were at. */
function createSurvey({ folders, paths }: OutOfBoundsOptions): (nowMs: number) => Promise<Survey> {
  const known = new Set<string>();
  let last: { readonly atMs: number; readonly survey: Promise<Survey> } | undefined;

  async function look(): Promise<Survey> {
    const windows = /^(?:[A-Za-z]:|\\)/.test(paths.home);
    const place: Place = { windows, home: paths.home, cwd: await paths.realPath('.') };
    const named = typeof folders === 'function' ? folders() : folders;
    const real = await Promise.all(named.map((folder) => paths.realPath(folder)));
    if (known.size > maxKnown) known.clear();
    for (const path of [...named, ...real]) {
      const plain = path === undefined ? undefined : normalizePath(path, place);
      if (plain !== undefined) known.add(plain);
    }
    const zone = createZone([...known]);
    const cwd = normalizePath('.', place);
    const startsInside = cwd !== undefined && zone.relate(cwd) === 'inside';
    return { zone, place, startsInside, names: zone.namesIn(cwd ?? '/') };
  }

  return (nowMs) => {
    if (last === undefined || Math.abs(nowMs - last.atMs) >= freshMs) {
      last = { atMs: nowMs, survey: look() };
    }
    return last.survey;
  };
}

function toDeny(
  finding: NonNullable<Finding>,
  text: ArgumentText,
  tool: string,
  declared: boolean,
): Deny {
  const place = formatAt(text);
  const problem =
    finding === 'inside'
      ? `${place} leads into a folder of the hypervisor itself; leave that path out`
      : `${place} holds a path or command that cannot be resolved beforehand; write it out, without variables, substitutions or open quotes`;
  const remedy = declared
    ? ''
    : `; if it is neither a path nor a command, declare \`paths\` in the manifest of tool \`${tool}\``;
  return { verdict: 'deny', by: 'out-of-bounds', code: 'OUT_OF_BOUNDS', reason: problem + remedy };
}
