import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createClient, type Client } from 'graphql-ws';
import request from 'supertest';
import { WebSocket } from 'ws';
import { createApp } from '../../src/app.setup.js';
import { ApiKeys } from '../../src/auth/api-keys.js';
import { Settings, type EngineSettings, type SettingValues } from '../../src/config/settings.js';
import { ServiceState } from '../../src/health/service-state.js';

export interface StartOptions extends Partial<Omit<SettingValues, 'engines'>> {
  readonly engines?: readonly EngineSettings[];
  /** Modules of the test's own. */
  readonly extra?: readonly Type<unknown>[];
}

export interface GraphqlAnswer<T> {
  readonly status: number;
  readonly data?: T | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>> & {
      readonly code: string;
      readonly status: number;
    };
  }[];
}

export interface StartedApp {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>`, `https:` where the transport has TLS. */
  readonly url: string;
  readonly key: string;
  readonly dataFolder: string;
  /** REST with the key. */
  readonly http: ReturnType<typeof request.agent>;
  /** REST without a key. */
  readonly stranger: ReturnType<typeof request>;
  /** A GraphQL operation with the key. */
  gql<T = Record<string, unknown>>(query: string, variables?: object): Promise<GraphqlAnswer<T>>;
  /** A graphql-ws client with the key; closed with the app. */
  socket(connectionParams?: Record<string, unknown>): Client;
  /** The same service, asked with another key. */
  as(key: string): StartedApp;
  /** Everything logged so far. */
  logged(): string;
  close(): Promise<void>;
}

const KEY = 'test-key-of-32-characters-length';

/** The whole service on a port of its own, built as `main.ts` builds it. */
export async function startApp(options: StartOptions = {}): Promise<StartedApp> {
  const { extra, ...values } = options;
  const folder = values.dataFolder ?? (await mkdtemp(join(tmpdir(), 'fairlead-test-')));
  const settings = new Settings({
    host: '127.0.0.1',
    port: 0,
    transport: { tls: null, allowedHosts: [], corsOrigins: [], trustedProxies: [] },
    engines: [],
    dataFolder: folder,
    database: { kind: 'sqlite', file: join(folder, 'fairlead.db') },
    eventRetention: { maxAgeMs: 86_400_000, maxCount: 100_000 },
    auditRetentionMs: 86_400_000,
    apiKey: KEY,
    secretKey: null,
    oidcIssuers: [],
    webhookAllow: { byDefault: true, blocks: [], hosts: [] },
    allowHostNetwork: false,
    allowImagePull: false,
    rateLimits: { perKey: null, perAddress: null },
    logLevel: 'debug',
    graphiql: true,
    introspection: true,
    ...values,
  });
  const lines: string[] = [];
  const logTo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const app = await createApp(settings, { extra, logTo });
  const kept = await app.get(ApiKeys).open();
  const key = kept?.key ?? settings.apiKey ?? '';
  await app.listen(0, '127.0.0.1');
  app.get(ServiceState).serve();
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `${settings.transport.tls === null ? 'http' : 'https'}://127.0.0.1:${port}`;
  const clients: Client[] = [];
  const askedWith = (shown: string): Pick<StartedApp, 'key' | 'http' | 'gql' | 'socket'> => ({
    key: shown,
    http: request.agent(url).set('Authorization', `Bearer ${shown}`),
    gql: (query, variables) => ask(url, shown, query, variables),
    socket: (connectionParams = { Authorization: `Bearer ${shown}` }) => {
      const address = `${url.replace('http', 'ws')}/graphql`;
      const client = createClient({
        url: address,
        webSocketImpl: WebSocket,
        connectionParams,
        retryAttempts: 0,
      });
      clients.push(client);
      return client;
    },
  });
  const started: StartedApp = {
    app,
    url,
    dataFolder: folder,
    stranger: request(url),
    ...askedWith(key),
    as: (other) => ({ ...started, ...askedWith(other) }),
    logged: () => lines.join(''),
    close: async () => {
      for (const client of clients) await client.dispose();
      await app.close();
      if (values.dataFolder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  return started;
}

async function ask<T>(
  url: string,
  key: string,
  query: string,
  variables?: object,
): Promise<GraphqlAnswer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as Omit<GraphqlAnswer<T>, 'status'>) };
}
