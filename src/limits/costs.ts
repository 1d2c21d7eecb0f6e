const READ_BYTES = 1024;
const QUERY_CHARACTERS = 500;
const DEAREST_QUERY = 1_000;
const ANSWER_VALUES = 10_000;

/** What reading a body or message costs beyond the request or operation. */
export function costOfReading(bytes: number): number {
  return Math.floor(bytes / READ_BYTES);
}

/** What checking a query costs beyond the request: that its fields agree takes a time that grows with the square of its length. */
export function costOfQuery(text: string): number {
  return Math.min(DEAREST_QUERY, Math.floor((text.length / QUERY_CHARACTERS) ** 2));
}

/** What carrying it out costs beyond that. */
export function costOfAnswer(values: number): number {
  return Math.floor(values / ANSWER_VALUES);
}
