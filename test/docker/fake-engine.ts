import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Something on a unix socket that speaks HTTP as no real engine does: for faults that a real one cannot be made to show. */
export class FakeEngine {
  readonly endpoint: string;
  /** Requests as they came: `GET /v1.41/networks`. */
  readonly requests: string[] = [];
  connections = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'fake-engine-'));
  private readonly socketPath = join(this.folder, 'docker.sock');
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(readonly answers: Record<string, Handler>) {
    this.endpoint = `unix://${this.socketPath}`;
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** Answers by path without version and query; `GET /version` is answered well unless named. */
  static async start(answers: Record<string, Handler>, apiVersion = '1.41', minApiVersion = '1.12'): Promise<FakeEngine> {
    const version = json({ Version: '20.10.24', ApiVersion: apiVersion, MinAPIVersion: minApiVersion, Os: 'linux' });
    const engine = new FakeEngine({ '/version': version, '/info': json({}), ...answers });
    await new Promise<void>((resolve) => engine.server.listen(engine.socketPath, resolve));
    return engine;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.requests.push(`${request.method} ${url}`);
    const path = url.replace(/^\/v\d+\.\d+/, '').replace(/\?.*$/, '');
    const handler = this.answers[path] ?? this.answers['*'];
    if (handler === undefined) response.writeHead(404).end('{"message":"page not found"}');
    else handler(request, response);
  }
}

export function json(body: unknown, status = 200): Handler {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** A gateway that waits no longer than a test should. */
export function hastyGatewayTo({ endpoint }: FakeEngine): DockerodeGateway {
  const timeouts = { readMs: 300, pingMs: 200, commandMs: 400, stopMs: 200, pullMs: 500 };
  return new DockerodeGateway({ name: 'fake', endpoint, timeouts });
}

/** Takes the request and never answers. */
export const hang: Handler = () => undefined;
