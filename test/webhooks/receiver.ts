import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A request as it came in. */
export interface Received {
  /** The header `webhook-id`. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Parsed; whether the signature is good is for `verified` to say. */
  readonly event: ReturnType<typeof JSON.parse>;
  readonly path: string;
  readonly at: number;
}

type Answering = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

/** A real HTTP server on loopback that keeps what it is sent and answers as it is told to. */
export class Receiver {
  readonly received: Received[] = [];
  /** Most requests that it has had at once. */
  most = 0;
  #answering: Answering = (_received, response) => void response.writeHead(204).end();
  #server: Server | undefined;
  #port = 0;
  #open = 0;

  /** Listens, again on the same port after `stop()`. */
  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#take(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  answers(answering: Answering): void {
    this.#answering = answering;
  }

  status(status: number, headers: Record<string, string> = {}, body = ''): void {
    this.answers((_received, response) => void response.writeHead(status, headers).end(body));
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  get names(): string[] {
    return this.received.map(({ event }) => event.data.subject.name as string);
  }

  /** The event, by the library that receivers use; throws where the signature is not good. */
  verified(received: Received, secret: string): ReturnType<typeof JSON.parse> {
    return new Webhook(secret).verify(received.body, received.headers as Record<string, string>);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    this.most = Math.max(this.most, this.#open);
    response.on('close', () => (this.#open -= 1));
    const body = await bodyOf(request);
    if (body === undefined) return;
    const { headers, url: path = '' } = request;
    const id = String(headers['webhook-id']);
    const received = { id, headers, body, event: JSON.parse(body), path, at: Date.now() };
    this.received.push(received);
    this.#answering(received, response, request);
  }
}

/** undefined where either side was gone before its end: nothing has come in then. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch (error) {
    if (request.destroyed && !request.complete) return undefined;
    throw error;
  }
  return Buffer.concat(chunks).toString();
}

/** Answers only when it is let go. */
export function holding(): { answering: Answering; release(): void } {
  const gate = Promise.withResolvers<void>();
  return {
    answering: (_received, response) => void gate.promise.then(() => response.writeHead(204).end()),
    release: () => gate.resolve(),
  };
}
