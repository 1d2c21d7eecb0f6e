import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { EventCause } from '../events/event.js';
import type { ExpectedEvent } from './expected-events.js';

/** What a command is about to lead to on one engine. */
export interface CommandTrace {
  /** The same for all engines. */
  readonly id: string;
  readonly engine: string;
  readonly cause: EventCause;
  readonly expected: readonly ExpectedEvent[];
  /** How long an event may still come of it. */
  readonly forMs: number;
}

type TraceKey = Pick<CommandTrace, 'id' | 'engine'>;

function rowId({ id, engine }: TraceKey): string {
  return `${id}/${engine}`;
}

/** Traces of commands on their way to the process that tells what happens on their engine. */
@Injectable()
export class CommandTracesRepository {
  constructor(private readonly database: Database) {}

  /** Whether it is worth asking: what is asked of a database that hangs is waited for. */
  get isAvailable(): boolean {
    return this.database.condition.state === 'available';
  }

  async add({ id, engine, cause, expected, forMs }: CommandTrace): Promise<void> {
    const { nowMs } = this.database.dialect;
    await this.database.write(async (transaction) => {
      await transaction.deleteFrom('command_traces').where('lapses_ms', '<=', nowMs).execute();
      await transaction
        .insertInto('command_traces')
        .values((builder) => ({
          id: rowId({ id, engine }),
          engine,
          request_id: cause.requestId,
          key_name: cause.keyName,
          expected: JSON.stringify(expected),
          lapses_ms: builder(nowMs, '+', forMs),
        }))
        .execute();
    });
  }

  async keepFor(trace: TraceKey, forMs: number): Promise<void> {
    const { nowMs } = this.database.dialect;
    await this.database.write(async (transaction) => {
      await transaction
        .updateTable('command_traces')
        .set((builder) => ({ lapses_ms: builder(nowMs, '+', forMs) }))
        .where('id', '=', rowId(trace))
        .execute();
    });
  }

  async remove(trace: TraceKey): Promise<void> {
    await this.database.write(async (transaction) => {
      await transaction.deleteFrom('command_traces').where('id', '=', rowId(trace)).execute();
    });
  }

  /** Those of an engine that have not lapsed. */
  async list(engine: string): Promise<readonly CommandTrace[]> {
    const { nowMs } = this.database.dialect;
    return this.database.read(async (db) => {
      const rows = await db
        .selectFrom('command_traces')
        .selectAll()
        .select(nowMs.as('now_ms'))
        .where('engine', '=', engine)
        .where('lapses_ms', '>', nowMs)
        .execute();
      return rows.map((row) => ({
        id: row.id.slice(0, row.id.indexOf('/')),
        engine,
        cause: { requestId: row.request_id, keyName: row.key_name },
        expected: JSON.parse(row.expected) as ExpectedEvent[],
        forMs: row.lapses_ms - row.now_ms,
      }));
    });
  }
}
