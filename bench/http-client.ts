import { Agent, request } from 'node:http';

/** Where to ask: the service over TCP, the engine over its socket. */
export type Target = { readonly host: string; readonly port: number } | { readonly socketPath: string };

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
}

/** A client with connections that are kept open. It reads answers to their last byte and parses nothing. */
export class HttpClient {
  /** Requests that were answered. */
  answered = 0;
  readonly #agent: Agent;
  readonly #target: Target;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(target: Target, connections: number, headers: Readonly<Record<string, string>> = {}) {
    this.#target = target;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  get(path: string): Promise<Buffer> {
    return this.send({ method: 'GET', path });
  }

  post(path: string, body: unknown): Promise<Buffer> {
    return this.send({ method: 'POST', path, body: JSON.stringify(body) });
  }

  send({ method, path, body }: HttpCall): Promise<Buffer> {
    const headers = body === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...this.#target, method, path, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          this.answered += 1;
          const content = Buffer.concat(chunks);
          const { statusCode = 0 } = answer;
          if (statusCode < 300) resolve(content);
          else reject(new Error(`${method} ${path} answered ${statusCode}: ${content.toString('utf8').slice(0, 500)}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
