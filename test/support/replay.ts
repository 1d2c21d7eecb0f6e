import { Database, type Reader } from '../../src/database/database.js';
import type { DatabaseSettings } from '../../src/config/settings.js';
import { toCursor } from '../../src/event-log/cursor.js';
import type { ToldRow } from '../../src/events/engine-journal.js';
import type { FairleadEvent } from '../../src/events/event.js';
import type { Attachment } from '../../src/resources/attachment.js';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aDatabaseSettings } from '../database/database-settings.js';

/** All that is kept in the database of the log, as one look found it. */
export interface KeptLog {
  /** In order. */
  readonly events: readonly FairleadEvent[];
  /** Of each engine the oldest that is kept, with the events after it. */
  readonly beginnings: ReadonlyMap<string, Beginning>;
}

export interface Beginning {
  readonly rows: readonly ToldRow[];
  readonly events: readonly FairleadEvent[];
}

/** Resources by their ids; null where nothing is known of one but that it is there. */
export interface Resources {
  readonly networks: Map<string, Network | null>;
  readonly containers: Map<string, Container | null>;
  readonly attachments: Map<string, Attachment | null>;
}

/** Looks into a database beside the service, which may be running. */
export async function readBeside<T>(place: DatabaseSettings, look: (db: Reader) => Promise<T>): Promise<T> {
  const database = new Database(aDatabaseSettings(place));
  await database.onModuleInit();
  try {
    return await database.read(look);
  } finally {
    await database.onApplicationShutdown();
  }
}

export function readLog(place: DatabaseSettings): Promise<KeptLog> {
  return readBeside(place, async (db) => {
    const snapshots = await db.selectFrom('log_snapshots').selectAll().orderBy('position', 'desc').execute();
    const rows = await db
      .selectFrom('events')
      .innerJoin('event_bodies', 'event_bodies.position', 'events.position')
      .select(['events.position', 'epoch', 'body'])
      .orderBy('events.position')
      .execute();
    const placed = rows.map(({ position, epoch, body }) => {
      const event = { ...(JSON.parse(body) as object), cursor: toCursor({ epoch, position }) } as FairleadEvent;
      return { position, event };
    });
    // The oldest comes last, and stays.
    const beginnings = snapshots.map(({ engine, position, body }) => {
      const after = placed.filter((each) => each.position > position && each.event.engine === engine);
      const beginning = { rows: JSON.parse(body) as ToldRow[], events: after.map(({ event }) => event) };
      return [engine, beginning] as const;
    });
    return { events: placed.map(({ event }) => event), beginnings: new Map(beginnings) };
  });
}

/** What somebody knows of an engine who took its oldest snapshot and then each event as it came. */
export function replay({ rows, events }: Beginning): Resources {
  const known = beginWith(rows);
  for (const event of events) take(known, event);
  return known;
}

interface Known {
  readonly name: string;
  readonly state?: Container['state'];
  readonly health?: string | null;
  readonly active?: boolean;
  readonly view: object | null;
}

function beginWith(rows: readonly ToldRow[]): Resources {
  const known: Resources = { networks: new Map(), containers: new Map(), attachments: new Map() };
  for (const { kind, id, known: row } of rows) {
    const { view, name, state, health, active } = row as Known;
    // A step that was told has not been caught up with by the next one yet: what it left counts.
    if (kind === 'network') known.networks.set(id, view as Network | null);
    if (kind === 'container') known.containers.set(id, view && ({ ...view, name, state, health } as Container));
    if (kind === 'attachment') known.attachments.set(id, view && ({ ...view, active } as Attachment));
  }
  return known;
}

function take({ networks, containers, attachments }: Resources, event: FairleadEvent): void {
  const { kind, id } = event.subject;
  const removed = event.type.endsWith('.removed');
  if (kind === 'network') keep(networks, id, event.network, removed);
  if (kind === 'container') keep(containers, id, event.container, removed);
  if (kind === 'attachment') keep(attachments, id, event.attachment, removed);
}

function keep<T>(map: Map<string, T>, id: string, state: T, removed: boolean): void {
  if (removed) map.delete(id);
  else map.set(id, state);
}

/** What REST shows of an engine; `get` answers the body of a GET request. */
export async function shownByRest(get: (path: string) => Promise<unknown>, engine: string): Promise<Resources> {
  const [networks, containers, attachments] = await Promise.all([
    everyPage<Network>(get, `/v1/networks?engine=${engine}`),
    everyPage<Container>(get, `/v1/containers?engine=${engine}`),
    everyPage<Attachment>(get, `/v1/attachments?engine=${engine}`),
  ]);
  return { networks: byId(networks), containers: byId(containers), attachments: byId(attachments) };
}

async function everyPage<T>(get: (path: string) => Promise<unknown>, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = (await get(`${path}&limit=500${cursor && `&cursor=${cursor}`}`)) as { items: T[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

/**
 * Each resource by what it is by itself. How full a network is, which attachments a container has and what names its
 * ends have is told by other events, as src/watcher/told.ts has it.
 */
export function ownFacts({ networks, containers, attachments }: Resources): Record<string, Record<string, object | null>> {
  return {
    networks: sorted(networks, ({ attachmentCount: _count, ipam, ...facts }) => ({
      ...facts,
      ipam: { ...ipam, pools: ipam.pools.map(({ usage: _usage, gateway: _gateway, ...pool }) => pool) },
    })),
    containers: sorted(containers, ({ attachments: _attachments, ...facts }) => facts),
    attachments: sorted(
      attachments,
      ({ networkName: _network, containerName: _container, dnsNames: _names, defaultRoute: _route, ...facts }) => facts,
    ),
  };
}

function sorted<T>(map: ReadonlyMap<string, T | null>, facts: (resource: T) => object): Record<string, object | null> {
  const entries = [...map].map(([id, resource]) => [id, resource === null ? null : facts(resource)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
