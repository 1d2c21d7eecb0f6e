/**
 * A place in the log. As text it is opaque to callers, but sorts as the log does: an epoch (12 characters) and a position
 * (11), both in digits of base 36.
 */
export interface Place {
  readonly epoch: string;
  /** Of the event that was read last; 0 before the first. */
  readonly position: number;
}

const EPOCH_TIME_DIGITS = 9;
const EPOCH_RANDOM_DIGITS = 3;
const POSITION_DIGITS = 11;
const CURSOR = new RegExp(`^([0-9a-z]{${EPOCH_TIME_DIGITS + EPOCH_RANDOM_DIGITS}})([0-9a-z]{${POSITION_DIGITS}})$`);

export function toCursor({ epoch, position }: Place): string {
  return `${epoch}${position.toString(36).padStart(POSITION_DIGITS, '0')}`;
}

/** undefined where the text cannot be a cursor. */
export function parseCursor(text: string): Place | undefined {
  const [, epoch, digits] = CURSOR.exec(text) ?? [];
  const position = Number.parseInt(digits ?? '', 36);
  return epoch === undefined || !Number.isSafeInteger(position) ? undefined : { epoch, position };
}

/** The name of an epoch that begins now: greater than the one before it, whatever the clock says. */
export function nextEpoch(before: string, nowMs: number, random: () => number = Math.random): string {
  const timeBefore = Number.parseInt(before.slice(0, EPOCH_TIME_DIGITS) || '0', 36);
  const time = Math.max(nowMs, timeBefore + 1).toString(36).padStart(EPOCH_TIME_DIGITS, '0');
  const spread = 36 ** EPOCH_RANDOM_DIGITS;
  return `${time}${Math.floor(random() * spread).toString(36).padStart(EPOCH_RANDOM_DIGITS, '0')}`;
}
