import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';

/** Where the demo is shown: colour and pauses on a terminal alone. `NO_COLOR` and `FORCE_COLOR` are respected. */
export interface Screen {
  /** The title of the next act, after a moment to read the last one. */
  act(title: string): Promise<void>;
  say(text: string): void;
  good(text: string): void;
  bad(text: string): void;
}

const pauseMs = 700;

export function createScreen(): Screen {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  let acts = 0;
  // whoever watched has gone: the acts go on, so that everything is closed and removed
  process.stdout.on('error', () => undefined);
  return {
    async act(title) {
      if (acts > 0 && process.stdout.isTTY) await sleep(pauseMs);
      acts += 1;
      print(`\n${styleText('bold', `${acts}. ${title}`)}`);
    },
    say: (text) => print(indent(text)),
    good: (text) => print(indent(`${styleText('green', '✓')} ${text}`)),
    bad: (text) => print(indent(`${styleText('red', '✗')} ${text}`)),
  };
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '   ');
}

/** An act did not go as it must: the demo ends with this, and an exit code of 1. */
export class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}

/** The demo checks itself: what it shows has happened. */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new DemoFailed(`expected that ${what}`);
}
