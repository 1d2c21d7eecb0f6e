import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** What was done and by whom: two rows for each command, or one where it was turned away. Rows are never changed. */
interface AuditRowsTable {
  /** Without gaps. */
  sequence: number;
  /** Id of the command; the same in its two rows. */
  command: string;
  /** `begun`, `ended`, or `refused` for both at once. */
  step: string;
  recorded_ms: number;
  key_id: string | null;
  key_name: string | null;
  /** Of the token that the caller came with, where that was no key. */
  subject: string | null;
  address: string | null;
  face: string | null;
  request_id: string | null;
  action: string | null;
  kind: string | null;
  /** What the caller called its target. */
  reference: string | null;
  dry_run: number | null;
  engine: string | null;
  target_id: string | null;
  target_name: string | null;
  outcome: string | null;
  code: string | null;
  changed: number | null;
  replayed: number | null;
  /** As JSON. */
  before_state: string | null;
  after_state: string | null;
  /** As a JSON list: fields of the two that were too long to keep. */
  omitted: string | null;
  /** Keyed hash of this row and the one before. */
  mac: string;
}

/** One row: the end of the chain, and where it begins since retention took away what was before. */
interface AuditHeadTable {
  id: number;
  sequence: number;
  mac: string;
  pruned_to: number;
  /** Of the last row that is gone. */
  pruned_mac: string;
  /** Keyed hash of the two before; null while nothing was taken away. */
  pruned_seal: string | null;
}

export interface AuditTables {
  audit_rows: AuditRowsTable;
  audit_head: AuditHeadTable;
}

const TEXTS = [
  ...['key_id', 'key_name', 'subject', 'address', 'face', 'request_id', 'action', 'kind', 'reference'],
  ...['engine', 'target_id', 'target_name', 'outcome', 'code', 'before_state', 'after_state', 'omitted'],
] as const;

export async function up(db: Kysely<AuditTables>, { integer }: Dialect): Promise<void> {
  const { schema } = db;
  const rows = schema
    .createTable('audit_rows')
    .addColumn('sequence', integer, (column) => column.primaryKey())
    .addColumn('command', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('recorded_ms', integer, (column) => column.notNull())
    .addColumn('dry_run', 'integer')
    .addColumn('changed', 'integer')
    .addColumn('replayed', 'integer')
    .addColumn('mac', 'text', (column) => column.notNull());
  await TEXTS.reduce((table, name) => table.addColumn(name, 'text'), rows).execute();
  await schema.createIndex('audit_rows_command').unique().on('audit_rows').columns(['command', 'step']).execute();
  for (const column of ['action', 'key_id', 'request_id', 'target_id']) {
    await schema.createIndex(`audit_rows_${column}`).on('audit_rows').columns([column, 'sequence']).execute();
  }
  await schema
    .createTable('audit_head')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sequence', integer, (column) => column.notNull())
    .addColumn('mac', 'text', (column) => column.notNull())
    .addColumn('pruned_to', integer, (column) => column.notNull())
    .addColumn('pruned_mac', 'text', (column) => column.notNull())
    .addColumn('pruned_seal', 'text')
    .execute();
  const beginning = { id: 1, sequence: 0, mac: '', pruned_to: 0, pruned_mac: '', pruned_seal: null };
  await db.insertInto('audit_head').values(beginning).execute();
}
