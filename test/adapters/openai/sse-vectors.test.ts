import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleSse } from '../../../adapters/openai/sse/assemble.ts';
import { ResponseProblem, type ProblemCode } from '../../../adapters/openai/sse/problem.ts';
import { renderSse } from '../../../adapters/openai/sse/render.ts';
import type { JsonObject } from '../../../src/core/model/json.ts';

interface Manifest {
  readonly limits: { readonly max_stream_bytes: number; readonly max_stream_events: number };
  readonly assemble: readonly {
    readonly name: string;
    readonly input: string;
    readonly assembled?: JsonObject;
    readonly error_message?: string;
  }[];
  readonly synthesize: readonly {
    readonly name: string;
    readonly response: JsonObject;
    readonly template: JsonObject;
    readonly expected_output: string;
  }[];
}

const folder = join(import.meta.dirname, '../../../../shared/vectors/openai-sse');
const isThere = existsSync(join(folder, 'manifest.json'));
if (!isThere) console.log('skipped: no ../shared/vectors/openai-sse beside the repository');
const manifest: Manifest = isThere
  ? JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  : { limits: {}, assemble: [], synthesize: [] };

/** What the vectors call our codes. */
const words: Partial<Record<ProblemCode, string>> = {
  BAD_JSON: 'Streaming response contained malformed SSE JSON.',
  BAD_CHUNK: 'Streaming SSE chunk must be a JSON object.',
  MULTIPLE_CHOICES: 'Multi-choice streaming responses are not guarded.',
  AFTER_END: 'Streaming response sent data after [DONE].',
  UNSUPPORTED_CHOICE: 'Streaming choice carried unsupported fields.',
  UNSUPPORTED_DELTA: 'Streaming delta carried unsupported fields.',
  BAD_CONTENT: 'Streaming delta content must be a string.',
  BAD_ARGUMENTS: 'Streaming tool_call arguments must be strings.',
  NO_INDEX: 'Streaming tool_call fragments require an integer index.',
  EMPTY: 'Streaming response contained no data chunks.',
  TRUNCATED: 'Streaming response terminated before [DONE].',
};

describe.runIf(isThere)('the shared vectors of streamed chat completions', () => {
  const limits = {
    maxBytes: manifest.limits.max_stream_bytes,
    maxEvents: manifest.limits.max_stream_events,
  };

  const read = (input: string) => readFileSync(join(folder, input));
  const isGood = ({ assembled }: Manifest['assemble'][number]) => assembled !== undefined;

  it.each(manifest.assemble.filter(isGood))('assemble: $name', ({ input, assembled }) => {
    expect(assembleSse(read(input), limits)).toEqual(assembled);
  });

  it.each(manifest.assemble.filter((one) => !isGood(one)))(
    'refuse: $name',
    ({ input, error_message }) => {
      expect(error_message).toBeDefined();
      expect(messageOf(() => assembleSse(read(input), limits))).toBe(error_message);
    },
  );

  it.each(manifest.synthesize)('render: $name', ({ response, template, expected_output }) => {
    const rendered = new TextDecoder().decode(renderSse(response, template));
    expect(rendered).toBe(readFileSync(join(folder, expected_output), 'utf8'));
  });

  it('are 18', () => {
    expect(manifest.assemble.length + manifest.synthesize.length).toBe(18);
  });
});

function messageOf(work: () => unknown): string {
  try {
    return `no problem: ${JSON.stringify(work())}`;
  } catch (error) {
    if (!(error instanceof ResponseProblem)) throw error;
    return words[error.code] ?? error.code;
  }
}
