import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import type { KnownKey } from '../auth/keyring.js';
import type { Scope } from '../auth/scopes.js';
import { Database, type Reader, type Writer } from '../database/database.js';
import { isRowId } from '../database/row-id.js';
import type { Schema } from '../database/schema.js';
import { bearTagOf } from '../inventory/resource-tag.js';
import type { ApiKey } from './api-key.js';
import { sightOf, type Rights } from './api-key.rules.js';

export interface NewKey extends Rights {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly createdBy: string;
}

type Row = Selectable<Schema['api_keys']>;

/** The keys in the database, by their digests. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async list(): Promise<ApiKey[]> {
    return (await this.rows()).map(toApiKey);
  }

  /** For letting in who comes with one. */
  async known(): Promise<KnownKey[]> {
    return (await this.rows()).map(toKnown);
  }

  async find(id: string): Promise<ApiKey | undefined> {
    return this.database.read((db) => this.findIn(db, id));
  }

  /** Within a transaction that writes to it, nobody else changes it until that ends. */
  async lock(transaction: Writer, id: string): Promise<ApiKey | undefined> {
    if (!isRowId(id)) return undefined;
    const query = transaction.selectFrom('api_keys').selectAll().where('id', '=', id);
    const row = await query.modifyEnd(this.database.dialect.forUpdate).executeTakeFirst();
    return row === undefined ? undefined : toApiKey(row);
  }

  async findIn(db: Reader | Writer, id: string): Promise<ApiKey | undefined> {
    if (!isRowId(id)) return undefined;
    const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toApiKey(row);
  }

  async hasName(db: Reader | Writer, name: string): Promise<boolean> {
    const query = db.selectFrom('api_keys').select('id').where('name', '=', name);
    return (await query.executeTakeFirst()) !== undefined;
  }

  async create(transaction: Writer, { id, name, digest, scopes, sight, clientRanges, expiresMs, createdBy }: NewKey): Promise<void> {
    const values = {
      ...{ id, name, digest, previous_digest: null, previous_until_ms: null, last_used_ms: null },
      ...{ scopes: JSON.stringify(scopes), client_ranges: JSON.stringify(clientRanges) },
      ...{ engines: JSON.stringify(sight.engines), selector: sight.selector?.text ?? null },
      ...{ created_ms: this.database.dialect.nowMs, created_by: createdBy, expires_ms: expiresMs },
    };
    await transaction.insertInto('api_keys').values(values).execute();
  }

  /** The key before is good beside the new one for so long; one before that no more. */
  async rotate(transaction: Writer, id: string, digest: string, overlapMs: number): Promise<void> {
    const { nowMs } = this.database.dialect;
    await transaction
      .updateTable('api_keys')
      .set((builder) => ({
        previous_digest: overlapMs > 0 ? builder.ref('digest') : null,
        previous_until_ms: overlapMs > 0 ? builder(nowMs, '+', overlapMs) : null,
        digest,
      }))
      .where('id', '=', id)
      .execute();
  }

  async remove(transaction: Writer, id: string): Promise<void> {
    await transaction.deleteFrom('api_keys').where('id', '=', id).execute();
  }

  /** Of several processes the latest use counts. */
  async noteUses(uses: ReadonlyMap<string, number>): Promise<void> {
    await this.database.write(async (transaction) => {
      for (const [id, usedMs] of [...uses].sort()) {
        await transaction
          .updateTable('api_keys')
          .set({ last_used_ms: usedMs })
          .where('id', '=', id)
          .where((builder) => builder.or([builder('last_used_ms', 'is', null), builder('last_used_ms', '<', usedMs)]))
          .execute();
      }
    });
  }

  private async rows(): Promise<Row[]> {
    return this.database.read((db) => db.selectFrom('api_keys').selectAll().orderBy('created_ms').orderBy('id').execute());
  }
}

function toApiKey(row: Row): ApiKey {
  const shown = {
    ...{ id: row.id, name: row.name, createdBy: row.created_by },
    scopes: JSON.parse(row.scopes) as Scope[],
    ...narrowingOf(row),
    clientRanges: JSON.parse(row.client_ranges) as string[],
    createdAt: new Date(row.created_ms).toISOString(),
    expiresAt: toTime(row.expires_ms),
    lastUsedAt: toTime(row.last_used_ms),
  };
  // Or nobody could write to one that is in use.
  return bearTagOf(shown, { ...shown, lastUsedAt: null, digest: row.digest });
}

function toKnown(row: Row): KnownKey {
  const { id, name, digest, previous_digest: previous, previous_until_ms: untilMs } = row;
  return {
    ...{ id, name, expiresMs: row.expires_ms },
    digests: [{ digest, untilMs: null }, ...(previous === null ? [] : [{ digest: previous, untilMs }])],
    scopes: JSON.parse(row.scopes) as Scope[],
    clientRanges: JSON.parse(row.client_ranges) as string[],
    sight: sightOf(narrowingOf(row)),
  };
}

function narrowingOf({ engines, selector }: Row): Pick<ApiKey, 'engines' | 'selector'> {
  return { engines: JSON.parse(engines) as string[], selector };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
