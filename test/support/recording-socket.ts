import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ownRunFolder } from '../../scripts/lab.ts';
import { unlistedPart } from '../../src/docker/allowed/listed-request.js';
import { endAfterFile } from './forgotten.ts';

export interface RecordedRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly url: string;
  readonly body: string;
}

export interface RecordingSocket {
  /** As FAIRLEAD_ENGINES takes it. */
  readonly endpoint: string;
  readonly requests: readonly RecordedRequest[];
  /** What came that is not on the list of requests to engines, a line each. */
  unlisted(): string[];
  close(): Promise<void>;
}

let opened = 0;

/** A socket that leads to an engine's, and keeps what is asked through it. */
export async function openRecordingSocket(target: string): Promise<RecordingSocket> {
  opened += 1;
  const path = join(ownRunFolder(), `recorder${opened}.sock`);
  const requests: RecordedRequest[] = [];
  const server = createServer((asked, answer) => {
    void buffer(asked).then((body) => {
      requests.push({ method: asked.method ?? '', url: asked.url ?? '', body: body.toString() });
      passOn(target, asked, body, answer);
    }, () => answer.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    isEnded();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const isEnded = endAfterFile(close);
  return { endpoint: `unix://${path}`, requests, unlisted: () => requests.flatMap((one) => unlistedIn(one) ?? []), close };
}

/** Judges a request as it arrived, wherever it was taken down. */
export function unlistedIn({ method, url, body }: RecordedRequest): string | undefined {
  const [path = '', query] = url.split('?', 2);
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const json = body === '' ? undefined : (JSON.parse(body) as object);
  const part = unlistedPart({ method, path, query: parameters, body: json });
  return part === undefined ? undefined : `${method} ${url}: ${part}`;
}

function passOn(target: string, { method, url, headers }: IncomingMessage, body: Buffer, answer: ServerResponse): void {
  const engine = request({ socketPath: target, method, path: url, headers, agent: false }, (told) => {
    answer.writeHead(told.statusCode ?? 502, told.headers);
    answer.flushHeaders();
    told.on('error', () => answer.destroy());
    told.pipe(answer);
  });
  engine.on('error', () => answer.destroy());
  answer.on('close', () => engine.destroy());
  engine.end(body);
}
