const BODY_BYTES = 1024;
/** How long it is is known when it has come. */
const UNTOLD_BODY = 16;
const QUERY_CHARACTERS = 500;
const DEAREST_QUERY = 1_000;
const ANSWER_VALUES = 10_000;

/** What a request costs: one, and more where there is a large body to be read. */
export function costOfRequest(headers: Readonly<Record<string, string | string[] | undefined>>): number {
  const isTold = headers['transfer-encoding'] === undefined;
  return 1 + (isTold ? Math.floor(Number(headers['content-length'] ?? 0) / BODY_BYTES) : UNTOLD_BODY);
}

/** What reading a message costs beyond the operation in it. */
export function costOfMessage(bytes: number): number {
  return Math.floor(bytes / BODY_BYTES);
}

/** What checking a query costs beyond the request: that its fields agree takes a time that grows with the square of its length. */
export function costOfQuery(text: string): number {
  return Math.min(DEAREST_QUERY, Math.floor((text.length / QUERY_CHARACTERS) ** 2));
}

/** What carrying it out costs beyond that. */
export function costOfAnswer(values: number): number {
  return Math.floor(values / ANSWER_VALUES);
}
