import { styleText } from 'node:util';
import type { CliIo } from './io.ts';

type Paint = (text: string) => string;

/** Colours where they are wanted, plain text elsewhere. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** NO_COLOR wins over FORCE_COLOR, and that over what the stream is: a terminal has colours, a pipe has none. */
export function wantsColor(env: CliIo['env'], isTty: boolean): boolean {
  const { NO_COLOR = '', FORCE_COLOR, TERM } = env;
  if (NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTty && TERM !== 'dumb';
}

export function createStyle(io: CliIo, stream: 'stdout' | 'stderr' = 'stdout'): Style {
  const isColored = wantsColor(io.env, io.isTty[stream]);
  const paint = (format: Parameters<typeof styleText>[0]): Paint =>
    isColored ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}
