import type { Caller } from '../auth/caller.js';
import type { Turn } from '../limits/rate-limits.js';

/** What every resolver is given third, whatever carried the operation. */
export interface GraphqlContext {
  readonly caller: Caller | undefined;
  readonly turn: Turn | undefined;
  readonly requestId: string;
  /** Where it comes from. */
  readonly address: string;
}
