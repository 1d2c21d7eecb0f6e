import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
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

/** The two ends of a connection, and what lets through or holds up what each of them says to the other. */
interface Pair {
  readonly ways: readonly (readonly [from: Transform, to: Socket])[];
  readonly sockets: readonly Socket[];
  isHeld: boolean;
}

export class CuttableSocket {
  readonly path: string;
  /** As Docker clients and FAIRLEAD_ENGINES take it. */
  readonly endpoint: string;
  readonly #target: string;
  readonly #pairs = new Set<Pair>();
  readonly #isEnded: () => void;
  #server: Server | undefined;
  #isHeld = false;
  #holdAt: string | undefined;

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
    for (const pair of this.#pairs) end(pair);
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
    for (const pair of this.#pairs) disconnect(pair);
  }

  /**
   * From here on no byte gets through any more on a connection on which either side says this; neither this itself.
   * Others go on.
   */
  holdAt(text: string): void {
    this.#holdAt = text;
  }

  /** A connection is held up. */
  get isHolding(): boolean {
    return [...this.#pairs].some(({ isHeld }) => isHeld);
  }

  /** The connections that are held up are gone; others go on. */
  cutHeld(): void {
    for (const pair of this.#pairs) if (pair.isHeld) end(pair);
  }

  /** What was held back goes on its way. */
  resume(): void {
    this.#isHeld = false;
    this.#holdAt = undefined;
    for (const pair of this.#pairs) if (pair.isHeld) connect(pair);
  }

  async close(): Promise<void> {
    this.#isEnded();
    await this.cut();
  }

  #relay(client: Socket): void {
    const engine = createConnection({ path: this.#target, allowHalfOpen: true });
    const [asked, answered] = [client, engine].map((socket) => socket.pipe(this.#gate(() => pair))) as [Transform, Transform];
    const pair: Pair = { ways: [[asked, engine], [answered, client]], sockets: [client, engine], isHeld: true };
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

  #gate(pair: () => Pair): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, pass) => {
        if (this.#holdAt !== undefined && chunk.includes(this.#holdAt)) disconnect(pair());
        pass(null, chunk);
      },
    });
  }
}

function connect(pair: Pair): void {
  pair.isHeld = false;
  for (const [from, to] of pair.ways) from.pipe(to);
}

function disconnect(pair: Pair): void {
  pair.isHeld = true;
  for (const [from, to] of pair.ways) from.unpipe(to);
}

function end({ sockets }: Pair): void {
  for (const socket of sockets) socket.destroy();
}
