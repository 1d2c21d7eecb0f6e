import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database, type Reader, type Writer } from '../database/database.js';
import { isRowId } from '../database/row-id.js';
import type { Schema } from '../database/schema.js';
import { bearTagOf } from '../inventory/resource-tag.js';
import { hasMaker, makerColumns, toMaker, type Maker } from '../outbox/maker.repository.js';
import type { Sight } from '../sight/sight.js';
import type { DisabledReason, LastDelivery, Webhook, WebhookFilter } from './webhook.js';

/** What callers set, as it is stored. */
export interface StoredWebhook {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly filter: WebhookFilter;
  readonly headerNames: readonly string[];
  /** Sealed; null where there are none. */
  readonly headers: string | null;
  /** Of the key that its secrets are sealed under. */
  readonly keyId: string;
  readonly maker: Maker;
}

export interface StoredSecret {
  readonly id: string;
  /** Sealed. */
  readonly secret: string;
}

/** What a request to an endpoint is made with. */
export interface Endpoint extends StoredWebhook {
  /** All that are valid now, the newest first. */
  readonly secrets: readonly StoredSecret[];
}

type Row = Selectable<Schema['webhooks']> & Parameters<typeof toMaker>[0];
type ShownRow = Row & Pick<Selectable<Schema['webhook_progress']>, 'failing_since_ms' | 'last_attempt'>;

/** The endpoints in the database. */
@Injectable()
export class WebhooksRepository {
  constructor(private readonly database: Database) {}

  /** Those that tell no more than whoever has this sight sees. */
  async list(seenBy: Sight): Promise<Webhook[]> {
    const rows = await this.database.read((db) => this.shown(db).orderBy('webhooks.created_ms').execute());
    return rows.filter((row) => seenBy.covers(toMaker(row).sight)).map(toWebhook);
  }

  async find(id: string, seenBy: Sight): Promise<Webhook | undefined> {
    return this.database.read((db) => this.findIn(db, id, seenBy));
  }

  async findIn(db: Reader | Writer, id: string, seenBy: Sight): Promise<Webhook | undefined> {
    if (!isRowId(id)) return undefined;
    const row = await this.shown(db).where('webhooks.id', '=', id).executeTakeFirst();
    return row === undefined || !seenBy.covers(toMaker(row).sight) ? undefined : toWebhook(row);
  }

  /** Ids of enabled ones whose makers' keys are no longer good. */
  async withoutMaker(): Promise<string[]> {
    const { nowMs } = this.database.dialect;
    const orphaned = this.database.read((db) =>
      db
        .selectFrom('webhooks')
        .select('id')
        .where('enabled', '=', 1)
        .where((builder) => builder.not(hasMaker(nowMs)))
        .orderBy('id')
        .execute(),
    );
    return (await orphaned).map(({ id }) => id);
  }

  /** Until the transaction ends nobody else changes it or its deliveries, and no event is logged past it. */
  async lock(transaction: Writer, id: string): Promise<StoredWebhook | undefined> {
    if (!isRowId(id)) return undefined;
    const { forUpdate, nowMs } = this.database.dialect;
    const query = transaction.selectFrom('webhooks').selectAll().select(makerColumns(nowMs)).where('id', '=', id);
    const row = await query.modifyEnd(forUpdate).executeTakeFirst();
    if (row === undefined) return undefined;
    // Workers change its deliveries under this lock; it comes second everywhere.
    const progress = transaction.selectFrom('webhook_progress').select('webhook_id').where('webhook_id', '=', id);
    await progress.modifyEnd(forUpdate).execute();
    return toStored(row);
  }

  async create(transaction: Writer, webhook: StoredWebhook, secret: StoredSecret): Promise<void> {
    await transaction
      .insertInto('webhooks')
      .values({ ...toColumns(webhook), ...makerOf(webhook), created_ms: this.database.dialect.nowMs })
      .execute();
    await transaction.insertInto('webhook_progress').values({ webhook_id: webhook.id, hold_until_ms: 0 }).execute();
    await this.addSecret(transaction, webhook.id, secret);
  }

  async update(transaction: Writer, webhook: StoredWebhook): Promise<void> {
    const { id, ...columns } = toColumns(webhook);
    await transaction.updateTable('webhooks').set(columns).where('id', '=', id).execute();
  }

  /** What was found out about an endpoint before it was enabled anew says nothing any more. */
  async forgetFailures(transaction: Writer, id: string): Promise<void> {
    const fresh = { failing_since_ms: null, hold_until_ms: 0 };
    await transaction.updateTable('webhook_progress').set(fresh).where('webhook_id', '=', id).execute();
  }

  async remove(transaction: Writer, id: string): Promise<void> {
    await transaction.deleteFrom('webhooks').where('id', '=', id).execute();
  }

  /** The new secret signs beside those before it until these end; earlier ends stay. */
  async rotate(transaction: Writer, webhookId: string, secret: StoredSecret, overlapMs: number): Promise<void> {
    const { nowMs } = this.database.dialect;
    await transaction
      .updateTable('webhook_secrets')
      .set((builder) => ({ valid_until_ms: builder(nowMs, '+', overlapMs) }))
      .where('webhook_id', '=', webhookId)
      .where((builder) =>
        builder.or([
          builder('valid_until_ms', 'is', null),
          builder('valid_until_ms', '>', builder(nowMs, '+', overlapMs)),
        ]),
      )
      .execute();
    await transaction
      .deleteFrom('webhook_secrets')
      .where('webhook_id', '=', webhookId)
      .where('valid_until_ms', '<=', nowMs)
      .execute();
    await this.addSecret(transaction, webhookId, secret);
  }

  /** Those of the ids that there are, with what requests to them are made with. */
  async endpoints(db: Reader | Writer, given: readonly string[]): Promise<Map<string, Endpoint>> {
    const ids = given.filter(isRowId);
    if (ids.length === 0) return new Map();
    const query = db.selectFrom('webhooks').selectAll().select(makerColumns(this.database.dialect.nowMs));
    const rows = await query.where('id', 'in', ids).execute();
    const secrets = await db
      .selectFrom('webhook_secrets')
      .select(['id', 'webhook_id', 'secret'])
      .where('webhook_id', 'in', ids)
      .where((builder) =>
        builder.or([
          builder('valid_until_ms', 'is', null),
          builder('valid_until_ms', '>', this.database.dialect.nowMs),
        ]),
      )
      .orderBy('created_ms', 'desc')
      .execute();
    const of = Map.groupBy(secrets, ({ webhook_id }) => webhook_id);
    return new Map(rows.map((row) => [row.id, { ...toStored(row), secrets: of.get(row.id) ?? [] }]));
  }

  /** How many enabled webhooks have secrets that this key does not open. */
  async countOfOtherKeys(keyId: string): Promise<number> {
    return this.database.read(async (db) => {
      const query = db.selectFrom('webhooks').where('enabled', '=', 1).where('key_id', '!=', keyId);
      const { count } = await query.select((builder) => builder.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      return count;
    });
  }

  private async addSecret(transaction: Writer, webhookId: string, { id, secret }: StoredSecret): Promise<void> {
    const row = { id, webhook_id: webhookId, secret, created_ms: this.database.dialect.nowMs, valid_until_ms: null };
    await transaction.insertInto('webhook_secrets').values(row).execute();
  }

  private shown(db: Reader | Writer) {
    return db
      .selectFrom('webhooks')
      .innerJoin('webhook_progress', 'webhook_progress.webhook_id', 'webhooks.id')
      .selectAll('webhooks')
      .select(makerColumns(this.database.dialect.nowMs))
      .select(['webhook_progress.failing_since_ms', 'webhook_progress.last_attempt']);
  }
}

function toWebhook(row: ShownRow): Webhook {
  const { id, url, description, enabled, disabledReason, filter, headerNames } = toStored(row);
  const webhook: Webhook = {
    ...{ id, url, description, enabled, disabledReason, filter },
    headers: headerNames,
    createdAt: new Date(row.created_ms).toISOString(),
    createdBy: row.maker_name,
    lastDelivery: row.last_attempt === null ? null : (JSON.parse(row.last_attempt) as LastDelivery),
    failing: row.failing_since_ms !== null,
  };
  // Or nobody could write to a busy one: it would have changed before they are back.
  return bearTagOf(webhook, { ...webhook, lastDelivery: null });
}

function toStored(row: Row): StoredWebhook {
  return {
    ...{ id: row.id, url: row.url, description: row.description, enabled: row.enabled === 1 },
    disabledReason: row.disabled_reason as DisabledReason | null,
    filter: JSON.parse(row.filter) as WebhookFilter,
    headerNames: JSON.parse(row.header_names) as string[],
    headers: row.headers,
    keyId: row.key_id,
    maker: toMaker(row),
  };
}

/** Whoever changes it later is not its maker. */
function makerOf({ maker: { keyId, name, sight } }: StoredWebhook) {
  return {
    ...{ maker_key: keyId, maker_name: name },
    ...{ maker_engines: JSON.stringify(sight.engines), maker_selector: sight.selector?.text ?? null },
  };
}

function toColumns(webhook: StoredWebhook) {
  return {
    ...{ id: webhook.id, url: webhook.url, description: webhook.description, enabled: webhook.enabled ? 1 : 0 },
    disabled_reason: webhook.disabledReason,
    filter: JSON.stringify(webhook.filter),
    header_names: JSON.stringify(webhook.headerNames),
    headers: webhook.headers,
    key_id: webhook.keyId,
  };
}
