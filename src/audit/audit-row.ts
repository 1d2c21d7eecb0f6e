import type { Schema } from '../database/schema.js';

export type AuditRow = Schema['audit_rows'];
/** A row before it has its place in the chain. */
export type NewAuditRow = Omit<AuditRow, 'sequence' | 'recorded_ms' | 'mac'>;
export type Step = 'begun' | 'ended' | 'refused';

/** In this order for good. Columns that come later go to the end: what is null is no part of a row's text. */
const CHAINED = [
  ...(['sequence', 'command', 'step', 'recorded_ms', 'key_id', 'key_name', 'subject', 'address', 'face', 'request_id'] as const),
  ...(['action', 'kind', 'reference', 'dry_run', 'engine', 'target_id', 'target_name', 'outcome', 'code', 'changed'] as const),
  ...(['replayed', 'before_state', 'after_state', 'omitted'] as const),
] as const satisfies readonly (keyof AuditRow)[];

type Unchained = Exclude<keyof AuditRow, (typeof CHAINED)[number] | 'mac'>;

/** All that a row holds, and the one before it, as one text. A column that is not in it does not compile. */
export function chainedText(row: Omit<AuditRow, 'mac'>, macBefore: [Unchained] extends [never] ? string : never): string {
  const held = CHAINED.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]]));
  return JSON.stringify([macBefore, held]);
}

/** Longest text of a column that callers have a say in. */
const LONGEST_TEXT = 256;

const EMPTY: Omit<NewAuditRow, 'command' | 'step'> = {
  ...{ key_id: null, key_name: null, subject: null, address: null, face: null, request_id: null, action: null, kind: null },
  ...{ reference: null, dry_run: null, engine: null, target_id: null, target_name: null, outcome: null, code: null },
  ...{ changed: null, replayed: null, before_state: null, after_state: null, omitted: null },
};

export function aRow(command: string, step: Step, values: Partial<NewAuditRow>): NewAuditRow {
  return { ...EMPTY, ...values, command, step };
}

/** As both databases give it back: PostgreSQL takes neither a zero character nor half a pair of surrogates. */
export function plainText(text: string): string {
  const plain = text.toWellFormed().replaceAll(/\p{Cc}/gu, '\u{fffd}');
  return plain.length <= LONGEST_TEXT ? plain : `${plain.slice(0, LONGEST_TEXT - 1).toWellFormed()}…`;
}
