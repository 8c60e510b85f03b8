import { connect } from 'node:net';
import { join } from 'node:path';
import { SupervisionError, isErrorCode } from '../core/model/errors.ts';
import type { Json } from '../core/model/json.ts';
import {
  controlReplySchema,
  socketName,
  type ControlReply,
  type ControlRequest,
} from './control-protocol.ts';

/** Asks the hypervisor that owns the data folder; undefined where nobody listens. Throws what it refuses. */
export async function askOwner(dir: string, request: ControlRequest): Promise<Json | undefined> {
  const line = await exchange(join(dir, socketName), `${JSON.stringify(request)}\n`);
  if (line === undefined) return undefined;
  const reply = parseReply(dir, line);
  if (reply.ok) return reply.result;
  throw new SupervisionError(
    isErrorCode(reply.code) ? reply.code : 'CONFIG_INVALID',
    reply.message,
  );
}

/** An owner that ends while it is asked says nothing, or half of it. */
function parseReply(dir: string, line: string): ControlReply {
  try {
    return controlReplySchema.parse(JSON.parse(line));
  } catch (cause) {
    throw endedEarly(dir, cause);
  }
}

function endedEarly(path: string, cause: unknown): SupervisionError {
  const message = `the owner of \`${path}\` ended before it answered, and may have done what was asked; look, and ask again`;
  return new SupervisionError('CLOSED', message, { cause });
}

const timeoutMs = 15_000;

/** The last two: the path is too long for a socket, so that no owner can have one there. */
const nobody: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG']);
const ended: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

function exchange(path: string, request: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(timeoutMs, () => {
    reject(
      new SupervisionError(
        'DIR_OWNED',
        `the owner of \`${path}\` did not answer in ${timeoutMs} ms`,
      ),
    );
    socket.destroy();
  });
  socket.on('connect', () => socket.write(request));
  socket.on('data', (chunk: string) => (text += chunk));
  socket.on('end', () => resolve(text));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (nobody.has(error.code)) resolve(undefined);
    else reject(ended.has(error.code) ? endedEarly(path, error) : error);
  });
  return promise;
}
