/** How often issuers are asked for their keys, and how long they are believed. In milliseconds. */
export class IssuerTimings {
  /** For both answers of an issuer, the document that names its keys and the keys. */
  readonly timeoutMs: number = 5_000;
  /** Keys that the issuer has withdrawn are known by then. */
  readonly refreshMs: number = 600_000;
  /** Whatever keys tokens claim to be signed with, it is not asked again sooner. */
  readonly cooldownMs: number = 30_000;
  /** Nor sooner than this where it did not answer. */
  readonly retryMs: number = 5_000;
  /** What it was last heard to have is good for so long while it is away. */
  readonly trustMs: number = 86_400_000;
}
