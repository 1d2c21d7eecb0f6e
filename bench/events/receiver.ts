import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where webhooks may be delivered to: loopback only while this is set. */
export const ALLOW_RECEIVER = { FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.1' } as const;

/** Receives webhooks and answers 204 at once, to one endpoint for each path. Counts what came, and what came again. */
export class Receiver {
  received = 0;
  repeated = 0;
  firstMs = NaN;
  lastMs = NaN;
  readonly #server: Server;
  readonly #known = new Set<string>();
  #news = Promise.withResolvers<undefined>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (incoming, answer) => {
      incoming.resume().on('end', () => {
        answer.writeHead(204).end();
        receiver.#take(`${incoming.url} ${String(incoming.headers['webhook-id'])}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(endpoint: number): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${endpoint}`;
  }

  async until(received: number): Promise<void> {
    while (this.received < received) await this.#news.promise;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(delivery: string): void {
    this.lastMs = performance.now();
    if (this.#known.has(delivery)) {
      this.repeated += 1;
      return;
    }
    if (this.received === 0) this.firstMs = this.lastMs;
    this.#known.add(delivery);
    this.received += 1;
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers();
  }
}
