import { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes.js';

/** One fault in one field of an input; `field` is a path such as `ipam.pools[0].subnet`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Something that a reader can go and look at: what blocks, what overlaps, what was meant. */
export interface ResourcePointer {
  readonly kind: 'engine' | 'network' | 'container' | 'attachment' | 'swarm' | 'node' | 'service' | 'task';
  readonly id: string;
  readonly name: string;
  readonly engine: string;
}

/** What helps to act on an error. Only visible objects may be named. */
export interface ErrorExtras {
  /** Faults by field of the input. */
  readonly errors?: readonly FieldError[];
  /** What an ambiguous reference matches. */
  readonly candidates?: readonly ResourcePointer[];
  /** Containers that stand in the way. */
  readonly blockingContainers?: readonly ResourcePointer[];
  /** Services and tasks that stand in the way. */
  readonly blockingServices?: readonly ResourcePointer[];
  /** Networks whose subnets overlap the wanted one. */
  readonly overlappingNetworks?: readonly (ResourcePointer & { readonly subnet: string })[];
  /** Who holds the address, port, name or parent that was asked for. */
  readonly holder?: ResourcePointer | null;
  /** What could not be put back after a failure. */
  readonly notRestored?: readonly { readonly container: ResourcePointer; readonly reason: string }[];
  /** What a failed command has left of itself on engines, a sentence each. */
  readonly notTakenBack?: readonly { readonly engine: string; readonly reason: string }[];
  /** The engine's own words. */
  readonly engineMessage?: string;
  /** `unknown` when the engine may or may not have done what was asked. */
  readonly outcome?: 'unknown';
  /** Engine API version that the wanted feature needs, e.g. `1.48`. */
  readonly requiredApiVersion?: string;
  /** Engine API version that is spoken with this engine. */
  readonly engineApiVersion?: string;
  /** Engine that the error is about. */
  readonly engine?: string;
  /** How long to wait before asking again, for `RATE_LIMITED`. */
  readonly retryAfterSeconds?: number;
  /** The entity tag that the resource has now, for `PRECONDITION_FAILED`. */
  readonly currentETag?: string;
  /** Everything that is still kept comes after this cursor, for `CURSOR_EXPIRED`. */
  readonly oldestCursor?: string;
  /** The present end of the log, for `CURSOR_EXPIRED`: to follow from after reading the resources anew. */
  readonly latestCursor?: string;
}

/** The only error that rooms throw on purpose. It knows nothing of HTTP or GraphQL. */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    /** A sentence for this occurrence: what is wrong and what to do about it. */
    readonly detail: string,
    readonly extras: ErrorExtras = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'DomainError';
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  get title(): string {
    return ERROR_CODES[this.code].title;
  }

  static invalid(detail: string, ...errors: FieldError[]): DomainError {
    return new DomainError('VALIDATION_FAILED', detail, { errors });
  }
}
