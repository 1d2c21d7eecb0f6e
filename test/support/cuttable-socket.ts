import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { ownRunFolder } from '../../scripts/lab.ts';
import { endAfterFile } from './forgotten.ts';

let socketsOpened = 0;

/** A Unix socket that leads to another one, for tests of what happens when the way to an engine is cut. */
export async function openCuttableSocket(target: string): Promise<CuttableSocket> {
  socketsOpened += 1;
  const socket = new CuttableSocket(target, join(ownRunFolder(), `relay${socketsOpened}.sock`));
  await socket.mend();
  return socket;
}

export class CuttableSocket {
  readonly path: string;
  /** As Docker clients and FAIRLEAD_ENGINES take it. */
  readonly endpoint: string;
  readonly #target: string;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #isEnded: () => void;
  #server: Server | undefined;
  #isHeld = false;

  constructor(target: string, path: string) {
    this.path = path;
    this.endpoint = `unix://${path}`;
    this.#target = target;
    this.#isEnded = endAfterFile(() => this.close());
  }

  /** From here on there is no such socket (ENOENT), and the connections through it are gone. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  async mend(): Promise<void> {
    if (this.#server !== undefined) return;
    // Half-open: a client that has said all it wants still waits for answers.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#relay(client));
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
  }

  /** From here on no byte gets through in either direction; connections stay open, and new ones are taken. */
  hold(): void {
    this.#isHeld = true;
    for (const [one, other] of this.#pairs) {
      one.unpipe(other);
      other.unpipe(one);
    }
  }

  /** What was held back goes on its way. */
  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const pair of this.#pairs) connect(pair);
  }

  async close(): Promise<void> {
    this.#isEnded();
    await this.cut();
  }

  #relay(client: Socket): void {
    const engine = createConnection({ path: this.#target, allowHalfOpen: true });
    const pair = [client, engine] as const;
    this.#pairs.add(pair);
    for (const [socket, other] of [[client, engine], [engine, client]] as const) {
      // A failure of one side is told to the other one by its end: there is nobody else to tell.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        other.destroySoon();
      });
    }
    if (!this.#isHeld) connect(pair);
  }
}

function connect([one, other]: readonly [Socket, Socket]): void {
  one.pipe(other);
  other.pipe(one);
}
