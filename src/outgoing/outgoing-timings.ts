/** How long others are waited for. Times in milliseconds. */
export class OutgoingTimings {
  /** For the whole of an attempt: name, connection, request and the head of the answer. */
  readonly timeoutMs: number = 10_000;
  /** A name that could not be looked up is not asked for again for so long. */
  readonly unknownNameMs: number = 3_000;
}
