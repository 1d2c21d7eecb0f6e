import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EVENT_EXAMPLES } from '../../src/event-log/event-examples.js';
import { LogWriter } from '../../src/event-log/log-writer.js';
import type { FairleadEvent, ObservedChange } from '../../src/events/event.js';
import type { PublishedPort } from '../../src/resources/container.js';
import { asKey } from '../api-keys/as-key.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import type { StartedApp } from '../support/start-app.js';
import { valueOf } from './face.js';
import { agreed } from './faces.js';
import { followSse, story, subscribe } from './followers.js';
import { restFace } from './rest-face.js';
import { serve } from './service.js';

/** As the first version that kept a log wrote them, one of each shape: what has come since is missing, and will be more. */
const OLD = JSON.parse(readFileSync(join(import.meta.dirname, '../event-log/recorded/first-events.json'), 'utf8')) as ObservedChange[];
/** What of the same has come since, in what is told of an engine last. */
const SINCE = ['defaultRoute', 'hostPortRange', 'sharesNetworkOf'];
const A_PORT: PublishedPort = { containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null };
const SUBSCRIPTION = `subscription ($after: String) { events(after: $after) {
  type subject { name } attachment { defaultRoute } cause { requestId }
  container { sharesNetworkOf { id } publishedPorts { hostPortRange } attachments { defaultRoute } } } }`;

let folder: string;
let engine: PrivateEngine;
let app: StartedApp;
const start = (): Promise<StartedApp> => serve(engine, { dataFolder: folder, database: { kind: 'sqlite', file: join(folder, 'fairlead.db') } });

/** What was told last is as an earlier version would have kept it. */
async function makeOlder({ app: service }: StartedApp): Promise<void> {
  await service.get(Database, { strict: false }).write(async (transaction) => {
    const { rows } = await sql<{ body: string }>`select body from told where kind in ('container', 'attachment')`.execute(transaction);
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const { body } of rows) {
      const older = JSON.stringify(JSON.parse(body, (name, value: unknown) => (SINCE.includes(name) ? undefined : value)));
      expect(older).not.toBe(body);
      await sql`update told set body = ${older} where body = ${body}`.execute(transaction);
    }
  });
}

/** Which fields there are, of the event and of what it shows. */
function fieldsOf({ network, container, attachment, ...event }: FairleadEvent): unknown {
  const [port] = container?.publishedPorts ?? [];
  const shown = { event, network, container, attachment, place: container?.attachments[0], port: port ?? A_PORT };
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, value && Object.keys(value).sort()]));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-older-'));
  engine = await startPrivateEngine({ name: 'local' });
  await engine.docker('run', '--detach', '--name', 'kept', '--publish', '8080:80', 'fl-busybox', 'sleep', '3600');
  await engine.docker('run', '--detach', '--name', 'gone', 'fl-busybox', 'sleep', '3600');
  app = await start();
  await app.app.get(LogWriter, { strict: false }).write(OLD);
  await eventually(async () => expect(valueOf(await restFace(app).events()).total).toBe(OLD.length + 1));
  await makeOlder(app);
  await app.close();
  await engine.docker('rm', '--force', 'gone');
  app = await start();
});
afterAll(async () => {
  await app.close();
  await engine.stop();
  rmSync(folder, { recursive: true });
});

it('a log from before some fields were there is read through both faces, and has them empty', async () => {
  const { items } = valueOf(await agreed(app, (face) => face.events({}, { limit: 500 })));
  const old = items.filter(({ time }) => OLD.some((event) => event.time === time));
  expect(old.map(({ type }) => type)).toEqual(OLD.map(({ type }) => type));
  expect(old.map(fieldsOf)).toEqual(OLD.map(({ type }) => fieldsOf(EVENT_EXAMPLES[type].event)));
  const [started] = old.filter(({ type }) => type === 'container.started');
  expect(started).toMatchObject({ cause: null, container: { sharesNetworkOf: null, publishedPorts: [{ hostPortRange: null }] } });
  expect(started?.container?.attachments).toMatchObject([{ networkName: 'frontend', defaultRoute: [] }]);
});

it('it is replayed to those who follow, too', async () => {
  const { items } = valueOf(await restFace(app).events({}, { limit: 500 }));
  const [first] = items as [FairleadEvent];
  const [onWire, inGraph] = [
    await followSse(app, `?after=${first.cursor}`),
    subscribe<FairleadEvent>(app, 'events', SUBSCRIPTION, { after: first.cursor }),
  ];
  await eventually(() => expect(onWire.seen).toEqual(items.slice(1)));
  await eventually(() => expect(story(inGraph.seen as never)).toEqual(story(items.slice(1) as never)));
  expect(inGraph.end).toBeUndefined();
  for (const follower of [onWire, inGraph]) follower.stop();
});

it('it is told to keys narrowed to its engine, of which no labels were kept then, and not to keys with a selector', async () => {
  const toldTo = async (name: string, narrowing: object): Promise<readonly FairleadEvent[]> => {
    const { body } = await app.http.post('/v1/api-keys').send({ name, scopes: ['events:read'], ...narrowing }).expect(201);
    return valueOf(await restFace(asKey(app, (body as { key: string }).key)).events({}, { limit: 500 })).items;
  };
  const types = (await toldTo('engine', { engines: ['local'] })).map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(OLD.filter(({ engine: on }) => on === 'local').map(({ type }) => type)));
  const selected = (await toldTo('selector', { selector: '!team' })).filter(({ time }) => OLD.some((event) => event.time === time));
  expect(selected.filter(({ type }) => !type.startsWith('engine.'))).toEqual([]);
});

it('nothing has changed by that, and what is gone meanwhile is shown whole as it last stood', async () => {
  const removed = await eventually(async () => {
    const { items } = valueOf(await agreed(app, (face) => face.events({ types: ['container.*'], engines: ['local'] }, { limit: 500 })));
    const told = items.filter(({ subject }) => ['kept', 'gone'].includes(subject.name));
    expect(told.map(({ type, subject }) => `${type} ${subject.name}`)).toEqual(['container.exited gone', 'container.removed gone']);
    return told[1]!;
  });
  expect(removed.container).toMatchObject({ name: 'gone', sharesNetworkOf: null, publishedPorts: [] });
});
