import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { request } from 'node:http';

/** Other addresses of this machine than the bystander's: one with a key is not to be refused for what one without did. */
const FROM = { known: '127.0.0.2', unknown: '127.0.0.3' };

/** In place of a status, where the service closed the connection before a large body was sent. */
const CUT_OFF = 499;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Whoever sends what no client of good will does. */
export class Attacker {
  readonly #port: number;
  readonly #from: string;
  readonly #sockets = new Set<Socket>();

  constructor(
    readonly url: string,
    /** A valid key of its own; else none is sent. */
    readonly key?: string,
    from = key === undefined ? FROM.unknown : FROM.known,
  ) {
    this.#port = Number(new URL(url).port);
    this.#from = from;
  }

  get credentials(): Readonly<Record<string, string>> {
    return this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
  }

  async send(method: string, path: string, body?: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const all = { ...this.credentials, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    const sent = request({ host: '127.0.0.1', port: this.#port, method, path, headers: all, localAddress: this.#from, agent: false });
    sent.end(body);
    const answered = await once(sent, 'response').catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EPIPE' && code !== 'ECONNRESET') throw error;
    });
    if (answered === undefined) return { status: CUT_OFF, text: '' };
    const [response] = answered as [NodeJS.ReadableStream & { statusCode: number }];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, text };
  }

  graphql(query: string, variables?: object): Promise<Reply> {
    return this.send('POST', '/graphql', JSON.stringify({ query, variables }));
  }

  /** A bare connection, over which these bytes are sent. */
  async open(bytes: string | Buffer = ''): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.#port, localAddress: this.#from });
    this.#sockets.add(socket);
    // That it is ended is what is hoped for.
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    // Or it would not see that it is ended.
    socket.resume();
    socket.write(bytes);
    return socket;
  }

  /** What is answered to these bytes, up to the end of the connection or of the patience; and whether it was ended. */
  async exchange(bytes: string | Buffer, patienceMs = 500): Promise<{ readonly statuses: readonly number[]; readonly isClosed: boolean; readonly text: string }> {
    const socket = await this.open(bytes);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    const isClosed = await Promise.race([
      once(socket, 'close').then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), patienceMs)),
    ]);
    socket.destroy();
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
    return { statuses, isClosed, text };
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
