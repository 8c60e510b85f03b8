import { z } from 'zod';
import { isErrorCode, SupervisionError } from '../../core/model/errors.ts';
import type { ModelMessage } from '../../core/model/model-port.ts';
import { parseJson } from '../../core/model/parse-json.ts';
import { sha256Hex } from '../../core/model/sha256.ts';
import { readLines } from '../trace-lines.ts';

const milliseconds = z.int().min(0);
const asked = {
  /** SHA-256 over model, messages and sample. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  model: z.string(),
  /** From 0: which time the same question was asked. */
  sample: z.int().min(0),
  latencyMs: milliseconds,
};
const tokens = z.int().min(0);
const answeredSchema = z.strictObject({
  ...asked,
  text: z.string(),
  /** Null where the provider does not tell. */
  usage: z.strictObject({ inputTokens: tokens, outputTokens: tokens }).nullable(),
  probability: z.number().nullable(),
});
const failedSchema = z.strictObject({
  ...asked,
  error: z.string().refine(isErrorCode, 'expected a code of docs/errors.md'),
  retryAfterMs: milliseconds.exactOptional(),
});
const lineSchema = z.union([answeredSchema, failedSchema]);

export type Answered = z.output<typeof answeredSchema>;
export type Failed = z.output<typeof failedSchema>;
/** One answer of a model, or the code of what went wrong: a line of a recording. */
export type RecordedAnswer = Answered | Failed;

/** Answers by their keys. */
export type Recording = ReadonlyMap<string, RecordedAnswer>;

/** What an answer is found by: everything the model was shown. */
export function keyOf(model: string, messages: readonly ModelMessage[], sample: number): string {
  const shown = messages.map(({ role, text }) => [role, text]);
  return sha256Hex(JSON.stringify([model, shown, sample]));
}

/** Sorted by key, so that two recordings of the same answers are the same file. */
export function showRecording(answers: readonly RecordedAnswer[]): string {
  const sorted = answers.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return sorted.map((answer) => `${JSON.stringify(answer)}\n`).join('');
}

/** Reads what `showRecording` wrote; throws `CONFIG_INVALID` with the line of the first mistake. */
export async function readRecording(path: string): Promise<Recording> {
  const recording = new Map<string, RecordedAnswer>();
  for await (const { lines } of readLines(path)) {
    for (const line of lines) {
      const answer = 'text' in line ? readAnswer(line.text) : undefined;
      if (answer === undefined) throw invalid(`${path}:${line.number}`);
      recording.set(answer.key, answer);
    }
  }
  return recording;
}

function readAnswer(text: string): RecordedAnswer | undefined {
  const parsed = parseJson(text);
  return parsed.ok ? lineSchema.safeParse(parsed.value).data : undefined;
}

function invalid(place: string): SupervisionError {
  const message = `recording \`${place}\` is not what \`ringfence judge-bench --record\` writes; record again`;
  return new SupervisionError('CONFIG_INVALID', message);
}
