import { Injectable } from '@nestjs/common';
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { Database, type Reader } from '../database/database.js';
import type { Schema } from '../database/schema.js';
import { matchingActions, type AuditKind } from './audit-actions.js';
import type { AuditFace, AuditFilter, AuditOutcome, AuditRecord } from './audit-record.js';

/** Which part of the records is wanted. */
export interface AuditSpan {
  /** Of the record that was seen last. */
  readonly after?: number | undefined;
  readonly isDescending: boolean;
  readonly limit: number;
  /** Nothing that came later. */
  readonly upTo?: number;
}

type Builder = ExpressionBuilder<Joined, 'first' | 'last'>;
interface Joined extends Schema {
  first: Schema['audit_rows'];
  last: { [K in keyof Schema['audit_rows']]: Schema['audit_rows'][K] | null };
}

const OUTCOME = sql<AuditOutcome>`coalesce(last.outcome, first.outcome, 'unknown')`;

/** The records of commands: a command's rows as one. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async page(filter: AuditFilter, { after, isDescending, limit, upTo }: AuditSpan): Promise<AuditRecord[]> {
    return this.database.read(async (db) => {
      let query = joined(db)
        .selectAll('first')
        .select([OUTCOME.as('outcome'), 'last.recorded_ms as ended_ms'])
        .select((builder) => COALESCED.map((name) => builder.fn.coalesce(`last.${name}`, `first.${name}`).as(name)))
        .where((builder) => conditions(builder, filter));
      if (after !== undefined) query = query.where('first.sequence', isDescending ? '<' : '>', after);
      if (upTo !== undefined) query = query.where('first.sequence', '<=', upTo);
      const rows = await query.orderBy('first.sequence', isDescending ? 'desc' : 'asc').limit(limit).execute();
      return rows.map((row) => toRecord(row as unknown as Found));
    });
  }

  async count(filter: AuditFilter): Promise<number> {
    return this.database.read(async (db) => {
      const query = joined(db).select((builder) => builder.fn.countAll<number>().as('total'));
      const { total } = await query.where((builder) => conditions(builder, filter)).executeTakeFirstOrThrow();
      return total;
    });
  }
}

/** What the end of a command knows better than its beginning. */
const COALESCED = ['engine', 'target_id', 'target_name', 'code', 'changed', 'replayed', 'before_state', 'after_state', 'omitted'] as const;

function joined(db: Reader) {
  return db
    .selectFrom('audit_rows as first')
    .leftJoin('audit_rows as last', (join) => join.onRef('last.command', '=', 'first.command').on('last.step', '=', 'ended'))
    .where('first.step', '!=', 'ended');
}

function conditions(builder: Builder, filter: AuditFilter): Expression<SqlBool> {
  const { keys = [], subjects = [], addresses = [], actions = [], engines = [], targets = [], outcomes = [], requestIds = [] } = filter;
  const among = (columns: readonly Column[], values: readonly string[]): Expression<SqlBool>[] =>
    values.length === 0 ? [] : [builder.or(columns.map((column) => builder(column, 'in', values)))];
  return builder.and([
    ...among(['first.key_id', 'first.key_name'], keys),
    ...among(['first.subject'], subjects),
    ...among(['first.address'], addresses),
    ...(actions.length === 0 ? [] : among(['first.action'], [...matchingActions(actions), NOTHING])),
    ...among(['first.engine', 'last.engine'], engines),
    ...among(['first.reference', 'last.target_id', 'last.target_name'], targets),
    ...among(['first.request_id'], requestIds),
    ...(outcomes.length === 0 ? [] : [builder(OUTCOME, 'in', outcomes)]),
    ...(typeof filter.dryRun === 'boolean' ? [builder('first.dry_run', '=', Number(filter.dryRun))] : []),
    ...(filter.from ? [builder('first.recorded_ms', '>=', Date.parse(filter.from))] : []),
    ...(filter.to ? [builder('first.recorded_ms', '<', Date.parse(filter.to))] : []),
  ]);
}

type Column = `${'first' | 'last'}.${'key_id' | 'key_name' | 'subject' | 'address' | 'action' | 'engine' | 'reference' | 'target_id' | 'target_name' | 'request_id'}`;

/** No action is called so: a family that has no member is not the same as no condition. */
const NOTHING = '';

type Found = Schema['audit_rows'] & { readonly ended_ms: number | null };

function toRecord(row: Found): AuditRecord {
  const { recorded_ms: beganMs, ended_ms: endedMs } = row;
  return {
    ...{ id: row.command, sequence: row.sequence, time: new Date(beganMs).toISOString() },
    // One that was turned away has both at once.
    endedAt: row.step === 'refused' ? new Date(beganMs).toISOString() : endedMs === null ? null : new Date(endedMs).toISOString(),
    requestId: row.request_id ?? '',
    ...{ keyId: row.key_id ?? '', keyName: row.key_name ?? '', subject: row.subject },
    ...{ address: row.address ?? '', face: row.face as AuditFace, action: row.action ?? '' },
    target: { kind: row.kind as AuditKind | null, id: row.target_id, name: row.target_name, reference: row.reference },
    ...{ engine: row.engine, dryRun: row.dry_run === 1, outcome: row.outcome as AuditOutcome, code: row.code },
    ...{ changed: row.changed === null ? null : row.changed === 1, replayed: row.replayed === 1 },
    ...{ before: toState(row.before_state), after: toState(row.after_state) },
    omitted: row.omitted === null ? [] : (JSON.parse(row.omitted) as string[]),
  };
}

function toState(text: string | null): AuditRecord['before'] {
  return text === null ? null : (JSON.parse(text) as AuditRecord['before']);
}
