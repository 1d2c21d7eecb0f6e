import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { HttpCall } from '../http-client.ts';

const HEAD_END = '\r\n\r\n';

/**
 * Asks a server for the duration, always with one request on the way per connection, and answers how many requests were
 * answered in a second. Counts bytes instead of building messages: node:http's own client would be slower than the
 * plain server that the service is compared with.
 */
export async function requestsPerSecond(
  port: number,
  calls: readonly HttpCall[],
  headers: Readonly<Record<string, string>>,
  { connections, durationMs }: { readonly connections: number; readonly durationMs: number },
): Promise<number> {
  const messages = calls.map((call) => toMessage(call, headers));
  const begin = performance.now();
  const deadline = begin + durationMs;
  const loads = Array.from({ length: connections }, () => loadOne(port, messages, deadline));
  const answered = (await Promise.all(loads)).reduce((sum, count) => sum + count, 0);
  return (answered * 1000) / (performance.now() - begin);
}

/** One connection; answers how many requests were answered on it. */
async function loadOne(port: number, messages: readonly Buffer[], deadline: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  try {
    let answered = 0;
    while (performance.now() < deadline) {
      const message = messages[answered % messages.length] as Buffer;
      await exchange(socket, message);
      answered += 1;
    }
    return answered;
  } finally {
    socket.destroy();
  }
}

function exchange(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = '';
    let missing = Infinity;
    const settle = (error?: Error): void => {
      socket.off('data', read).off('error', settle).off('close', closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => settle(new Error('the server closed the connection within an exchange'));
    const read = (chunk: Buffer): void => {
      if (missing === Infinity) {
        head += chunk.toString('latin1');
        if (head.includes(HEAD_END)) missing = bodyLength(head) - (head.length - head.indexOf(HEAD_END) - HEAD_END.length);
      } else {
        missing -= chunk.length;
      }
      if (Number.isNaN(missing)) settle(new Error(`not the answer that was hoped for: ${head.slice(0, 200)}`));
      else if (missing === 0) settle();
    };
    socket.on('data', read).on('error', settle).on('close', closed);
    socket.write(message);
  });
}

/** NaN unless it is a 200 of known length. */
function bodyLength(head: string): number {
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  return head.startsWith('HTTP/1.1 200 ') && length !== undefined ? Number(length) : NaN;
}

function toMessage({ method, path, body = '' }: HttpCall, headers: Readonly<Record<string, string>>): Buffer {
  const all = { host: '127.0.0.1', ...headers, ...(body === '' ? {} : contentHeaders(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function contentHeaders(body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
}
