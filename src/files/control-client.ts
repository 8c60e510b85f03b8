import { connect } from 'node:net';
import { join } from 'node:path';
import { SupervisionError, isErrorCode } from '../core/model/errors.ts';
import type { Json } from '../core/model/json.ts';
import { controlReplySchema, socketName, type ControlRequest } from './control-protocol.ts';

/** Asks the hypervisor that owns the data folder; undefined where nobody listens. Throws what it refuses. */
export async function askOwner(dir: string, request: ControlRequest): Promise<Json | undefined> {
  const line = await exchange(join(dir, socketName), `${JSON.stringify(request)}\n`);
  if (line === undefined) return undefined;
  const reply = controlReplySchema.parse(JSON.parse(line));
  if (reply.ok) return reply.result;
  throw new SupervisionError(
    isErrorCode(reply.code) ? reply.code : 'CONFIG_INVALID',
    reply.message,
  );
}

const timeoutMs = 15_000;

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
    const isNobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
    if (isNobody) resolve(undefined);
    else reject(error);
  });
  return promise;
}
