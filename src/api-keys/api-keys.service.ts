import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ADMINISTRATORS_NAME, API_KEY } from '../auth/api-keys.js';
import type { Caller } from '../auth/caller.js';
import { digestOf } from '../auth/keyring.js';
import { Database, type Writer } from '../database/database.js';
import { once } from '../inventory/attempt.js';
import type { ListRequest } from '../inventory/listing.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { page, parseSort, type Listing } from '../inventory/page.js';
import { bearTagOf, requireMatch } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import { currentSight } from '../sight/current-sight.js';
import type { CreateApiKeyInput, RotateApiKeyInput } from './api-key.inputs.js';
import type { ApiKey, ApiKeyWithSecret } from './api-key.js';
import { apiKeyNotFound, nameTaken, requireGivable, requireRights, requireWithin, shownOf, sightOf } from './api-key.rules.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { KeyFollower } from './key-follower.js';

const DEFAULT_LIMIT = 50;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const SORTABLE = ['createdAt', 'id', 'name', 'expiresAt', 'lastUsedAt'];

/**
 * API keys: which there are, and making, replacing and revoking them. The administrator's own is none of them, and those
 * that see more than whoever asks are none to that one.
 */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly follower: KeyFollower,
    private readonly inventory: VisibleInventory,
  ) {}

  async list({ limit = DEFAULT_LIMIT, cursor, sort }: ListRequest): Promise<Listing<ApiKey>> {
    const sight = currentSight();
    const all = (await this.keys.list()).filter((key) => sight.covers(sightOf(key)));
    const found = page(all, { sort: parseSort(sort, SORTABLE), limit, cursor, tag: 'api-keys' });
    return { ...found, engines: this.inventory.freshness() };
  }

  /** Fails with `API_KEY_NOT_FOUND`. */
  async get(id: string): Promise<ApiKey> {
    return requireSeen(id, await this.keys.find(id));
  }

  async create(input: CreateApiKeyInput, caller: Caller, { dryRun }: WriteOptions): Promise<Outcome<ApiKeyWithSecret>> {
    const rights = requireRights(input);
    requireGivable(rights, caller);
    const { name } = input;
    const [id, key] = [randomUUID(), makeKey()];
    return this.change(async (transaction) => {
      if (name === ADMINISTRATORS_NAME || (await this.keys.hasName(transaction, name))) throw nameTaken(name);
      if (dryRun) return { resource: planned(name, rights, caller), changed: false, warnings: [] };
      await this.keys.create(transaction, { id, name, digest: digestOf(key), ...rights, createdBy: caller.name });
      return { resource: withSecret(await this.require(transaction, id), key), changed: true, warnings: [] };
    });
  }

  /** Gives it a new key; the one before stays good for the overlap. Whoever asks must have all that it may do. */
  async rotate(
    id: string,
    { overlapSeconds = DEFAULT_OVERLAP_SECONDS }: RotateApiKeyInput,
    caller: Caller,
    { dryRun, ifMatch }: WriteOptions,
  ): Promise<Outcome<ApiKeyWithSecret>> {
    const key = makeKey();
    return this.change(async (transaction) => {
      const before = await this.requireLocked(transaction, id, ifMatch);
      requireWithin(before, caller);
      if (dryRun) return { resource: withSecret(before, null), changed: false, warnings: [] };
      await this.keys.rotate(transaction, id, digestOf(key), overlapSeconds * 1_000);
      return { resource: withSecret(await this.require(transaction, id), key), changed: true, warnings: [] };
    });
  }

  /** It is refused from when this answers, here at once and by other processes within a second, and what is open for it is closed. */
  async revoke(id: string, { dryRun, ifMatch }: WriteOptions): Promise<Outcome<ApiKey>> {
    return this.change(async (transaction) => {
      const resource = await this.requireLocked(transaction, id, ifMatch);
      if (!dryRun) await this.keys.remove(transaction, id);
      return { resource, changed: !dryRun, warnings: [] };
    });
  }

  /** In one transaction, which keeps what it came to; it holds in this process when it is answered. */
  private async change<T extends ApiKey>(act: (transaction: Writer) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const done = await once<Outcome<T>>((keep) =>
      this.database.write(async (transaction) => {
        const outcome = await act(transaction);
        if (outcome.changed) await keep(transaction, outcome);
        return outcome;
      }),
    );
    await this.follower.look();
    return done;
  }

  private async require(transaction: Writer, id: string): Promise<ApiKey> {
    return requireSeen(id, await this.keys.findIn(transaction, id));
  }

  private async requireLocked(transaction: Writer, id: string, ifMatch: string | undefined): Promise<ApiKey> {
    const found = requireSeen(id, await this.keys.lock(transaction, id));
    requireMatch(ifMatch, found);
    return found;
  }
}

function requireSeen(id: string, found: ApiKey | undefined): ApiKey {
  if (found === undefined || !currentSight().covers(sightOf(found))) throw apiKeyNotFound(id);
  return found;
}

function makeKey(): string {
  return `${API_KEY.prefix}${randomBytes(32).toString('base64url')}`;
}

function withSecret(record: ApiKey, key: string | null): ApiKeyWithSecret {
  return bearTagOf({ ...record, key }, record);
}

function planned(name: string, rights: ReturnType<typeof requireRights>, caller: Caller): ApiKeyWithSecret {
  const { scopes, sight, clientRanges, expiresMs } = rights;
  const expiresAt = expiresMs === null ? null : new Date(expiresMs).toISOString();
  const now = { createdAt: new Date().toISOString(), createdBy: caller.name, expiresAt, lastUsedAt: null };
  return { id: DRY_RUN_ID, name, scopes, ...shownOf(sight), clientRanges, ...now, key: null };
}
