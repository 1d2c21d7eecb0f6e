import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { printSchema } from 'graphql';
import { apiDescription, createApp, eventDescription } from './app.setup.js';
import { Settings } from './config/settings.js';
import { haproxyConfiguration } from './docker/allowed/socket-proxy.js';
import { renewExamples } from './event-log/event-page.js';

const folder = await mkdtemp(join(tmpdir(), 'fairlead-contract-'));

/** Without engines, key or port: only what the code declares. */
const SETTINGS = new Settings({
  host: '127.0.0.1',
  port: 0,
  transport: { tls: null, allowedHosts: [], corsOrigins: [], trustedProxies: [] },
  engines: [],
  dataFolder: folder,
  database: { kind: 'sqlite', file: join(folder, 'fairlead.db') },
  eventRetention: { maxAgeMs: 1, maxCount: 1 },
  auditRetentionMs: 1,
  apiKey: null,
  secretKey: null,
  oidcIssuers: [],
  webhookAllow: { byDefault: true, blocks: [], hosts: [] },
  allowHostNetwork: false,
  allowImagePull: false,
  rateLimits: { perKey: null, perAddress: null },
  logLevel: 'error',
  graphiql: false,
  introspection: true,
});

const app = await createApp(SETTINGS);
await app.init();
const documents = new Map([
  ['openapi.json', `${JSON.stringify(apiDescription(app), null, 2)}\n`],
  ['asyncapi.json', `${JSON.stringify(eventDescription(app), null, 2)}\n`],
  ['schema.graphql', `${printSchema(app.get(GraphQLSchemaHost).schema)}\n`],
  ['docs/examples/socket-proxy/haproxy.cfg', haproxyConfiguration()],
  ['docs/events.md', renewExamples(await readFile('docs/events.md', 'utf8'))],
]);
await app.close();
await rm(folder, { recursive: true });

if (process.argv.includes('--check')) {
  const stale = (await Promise.all([...documents].map(([file, text]) => compare(file, text)))).flat();
  process.stdout.write(stale.length === 0 ? 'The contract documents are fresh.\n' : `${stale.join('\n')}\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of documents) await writeFile(file, text);
  process.stdout.write(`Wrote ${[...documents.keys()].join(', ')}.\n`);
}

/** The lines around the first difference, as a patch would show them. */
async function compare(file: string, fresh: string): Promise<string[]> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept === fresh) return [];
  const [was, is] = [kept.split('\n'), fresh.split('\n')];
  const start = is.findIndex((line, index) => line !== was[index]);
  const from = start === -1 ? is.length : start;
  const endsAlike = [...was].reverse().findIndex((line, index) => line !== is.at(-1 - index));
  const tail = Math.max(0, Math.min(endsAlike, was.length - from, is.length - from));
  return [
    `${file} is stale (line ${from + 1}). Run: npm run build && npm run contract`,
    ...was
      .slice(from, was.length - tail)
      .slice(0, 20)
      .map((line) => `- ${line}`),
    ...is
      .slice(from, is.length - tail)
      .slice(0, 20)
      .map((line) => `+ ${line}`),
  ];
}
