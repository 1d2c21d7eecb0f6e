import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database, type Reader, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';

/** An engine that the service keeps, as it is stored. */
export interface StoredEngine {
  readonly name: string;
  /** Tells one that was added again under its name from the one before. */
  readonly id: string;
  readonly endpoint: string;
  readonly identity: string;
  readonly tls: boolean;
  readonly hostKeys: readonly string[];
  readonly credentialNames: readonly string[];
  /** Sealed; null where there are none. */
  readonly credentials: string | null;
  readonly revision: number;
}

type Row = Omit<Selectable<Schema['engines']>, 'created_ms'>;

/** The engines in the database. */
@Injectable()
export class EnginesRepository {
  constructor(private readonly database: Database) {}

  /** In the order in which they were added. */
  async list(): Promise<StoredEngine[]> {
    return this.database.read(async (db) => {
      const rows = await db.selectFrom('engines').selectAll().orderBy('created_ms').orderBy('name').execute();
      return rows.map(toStored);
    });
  }

  async find(name: string): Promise<StoredEngine | undefined> {
    return this.database.read((db) => this.findIn(db, name));
  }

  async findIn(db: Reader | Writer, name: string): Promise<StoredEngine | undefined> {
    const row = await db.selectFrom('engines').selectAll().where('name', '=', name).executeTakeFirst();
    return row === undefined ? undefined : toStored(row);
  }

  /** The name of another one that is reached at the same place. */
  async nameAt(db: Reader | Writer, identity: string, except: string): Promise<string | undefined> {
    const query = db.selectFrom('engines').select('name').where('identity', '=', identity).where('name', '!=', except);
    return (await query.executeTakeFirst())?.name;
  }

  async create(transaction: Writer, engine: StoredEngine): Promise<void> {
    const values = { ...toColumns(engine), created_ms: this.database.dialect.nowMs };
    await transaction.insertInto('engines').values(values).execute();
  }

  async update(transaction: Writer, engine: StoredEngine): Promise<void> {
    const { name, ...columns } = toColumns(engine);
    await transaction.updateTable('engines').set(columns).where('name', '=', name).execute();
  }

  async remove(transaction: Writer, name: string): Promise<void> {
    await transaction.deleteFrom('engines').where('name', '=', name).execute();
  }
}

function toStored(row: Row): StoredEngine {
  const { name, id, endpoint, identity, credentials, revision } = row;
  return {
    ...{ name, id, endpoint, identity, credentials, revision },
    tls: row.tls === 1,
    hostKeys: JSON.parse(row.host_keys) as string[],
    credentialNames: JSON.parse(row.credential_names) as string[],
  };
}

function toColumns({ tls, hostKeys, credentialNames, ...same }: StoredEngine): Row {
  return { ...same, tls: tls ? 1 : 0, host_keys: JSON.stringify(hostKeys), credential_names: JSON.stringify(credentialNames) };
}
