import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../core/model/call.ts';
import { SupervisionError } from '../core/model/errors.ts';
import {
  controlRequestSchema,
  maxRequestBytes,
  socketName,
  type ControlReply,
} from './control-protocol.ts';
import { runVerb, type ControlTarget } from './control-verbs.ts';

export interface ControlSocket {
  /** Why the socket cannot be used, if it cannot. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** Unix socket paths end at 108 bytes on Linux and 104 on macOS. */
const maxPathBytes = 103;

/**
 * Listens on `control.sock` in the data folder, for its owner alone (mode 0600 in a folder of mode 0700). Whoever
 * can connect is the owner of the socket's file, as far as the operating system can tell: that is the person.
 */
export async function openControlSocket(options: {
  readonly dir: string;
  readonly target: ControlTarget;
  readonly person: Person;
}): Promise<ControlSocket> {
  const path = join(options.dir, socketName);
  if (process.platform === 'win32' || Buffer.byteLength(path) > maxPathBytes) {
    const problem = `no control socket: \`${path}\` is too long for one, or this system has none; the command line works only while nobody runs`;
    return { problem, close: async () => undefined };
  }
  // a socket left by a crash: the folder's lock is ours, so nobody listens on it
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options.target, options.person);
  });
  await listen(server, path);
  await chmod(path, 0o600);
  server.unref();
  return {
    problem: undefined,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await rm(path, { force: true });
    },
  };
}

/** `os:NAME` of this process's user, who owns the socket. */
export function systemPersonId(): string {
  return `os:${userInfo().username}`;
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // made with no rights for others from the first moment on
  const before = process.umask(0o177);
  try {
    server.listen(path, () => resolve());
  } finally {
    process.umask(before);
  }
  return promise;
}

/** One line in, one line out, then the end. */
function serve(socket: Socket, target: ControlTarget, person: Person): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(30_000, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > maxRequestBytes) return void socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    const line = text.slice(0, end);
    socket.removeAllListeners('data');
    void answer(line, target, person).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
  });
}

async function answer(line: string, target: ControlTarget, person: Person): Promise<ControlReply> {
  try {
    const request = controlRequestSchema.safeParse(JSON.parse(line));
    if (!request.success)
      return refusal('CONFIG_INVALID', 'the request is not one of the known verbs');
    const result = await runVerb(target, request.data, person);
    return { ok: true, result: JSON.parse(JSON.stringify(result)) };
  } catch (error) {
    if (error instanceof SupervisionError) return refusal(error.code, error.message);
    return refusal('CONFIG_INVALID', 'the request could not be carried out');
  }
}

function refusal(code: string, message: string): ControlReply {
  return { ok: false, code, message };
}
