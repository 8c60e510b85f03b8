/** Why a response is not handed on. Codes are stable; the reason names the place, never what stood there. */
export const responseProblems = {
  RESPONSE_TOO_LARGE: 'the response is larger than the limit',
  TOO_MANY_EVENTS: 'the stream has more events than the limit',
  NOT_UTF8: 'the response is not UTF-8 without a byte order mark',
  BAD_LINE: 'the stream has a line that is not a field of server-sent events',
  BAD_JSON: 'the response holds JSON that cannot be read',
  BAD_CHUNK: 'a chunk of the stream is not a JSON object of the expected shape',
  SERVER_ERROR: 'the server reported an error within the stream',
  MULTIPLE_CHOICES: 'the response has more than one choice; ask for one',
  AFTER_END: 'the stream went on after its end',
  UNSUPPORTED_CHOICE: 'a choice has fields that cannot be judged',
  UNSUPPORTED_DELTA: 'a delta has fields that cannot be judged',
  BAD_CONTENT: 'a delta has content that is not text',
  BAD_ARGUMENTS: 'a tool call has arguments or input that are not text',
  NO_INDEX: 'a fragment of a tool call has no index',
  BAD_CALL: 'a tool call lacks its id, its name or its type, or changes one of them',
  DUPLICATE_ID: 'two tool calls of one response have the same id',
  EMPTY: 'the stream has no chunks',
  TRUNCATED: 'the stream ended before its end was announced',
  UNSUPPORTED_ITEM: 'the response has an output item that cannot be judged',
  CONTRADICTION: 'the stream says two different things of one tool call',
  BAD_REQUEST: 'the request cannot be read, so its response could not be judged',
  UNGUARDED_ENDPOINT: 'the endpoint hands out tool calls that cannot be judged here',
} as const;

export type ProblemCode = keyof typeof responseProblems;

/** A response (or request) that the guard cannot represent, and therefore refuses. */
export class ResponseProblem extends Error {
  override readonly name = 'ResponseProblem';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, place = '') {
    super(responseProblems[code] + place);
    this.code = code;
  }
}
