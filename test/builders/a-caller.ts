import { Sight } from '../../src/sight/sight.js';
import type { Caller } from '../../src/auth/caller.js';
import { SCOPES } from '../../src/auth/scopes.js';

/** Whoever may do everything. */
export const A_CALLER: Caller = {
  ...{ keyId: 'anybody', name: 'Anybody', scopes: new Set(SCOPES), clientRanges: [], sight: Sight.EVERYTHING, expiresMs: null },
  ended: new AbortController().signal,
  isOver: false,
};
