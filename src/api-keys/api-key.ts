import type { Scope } from '../auth/scopes.js';

/** A key that callers come with, as it is shown; the key itself is kept nowhere. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Names of the engines that it sees; none for all. */
  readonly engines: readonly string[];
  /** Labels of the networks, containers and services that it sees; null for all. */
  readonly selector: string | null;
  /** CIDR blocks that it may be used from; none for anywhere. */
  readonly clientRanges: readonly string[];
  readonly createdAt: string;
  /** Name of the key that made it. */
  readonly createdBy: string;
  readonly expiresAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
}

export interface ApiKeyWithSecret extends ApiKey {
  /** null for a dry run. */
  readonly key: string | null;
}
