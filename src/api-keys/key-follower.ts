import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Keyring } from '../auth/keyring.js';
import { Database } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** How soon a key that another process has made or revoked is known here, and one whose time is over shut out of streams. */
const LOOK_MS = 1_000;
/** How exact it is told when a key was last used. */
const NOTE_MS = 60_000;

/** Keeps the keyring in step with the database, and notes in it when keys were used. */
@Injectable()
export class KeyFollower implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(KeyFollower.name);
  private readonly stopping = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  private following: Promise<void> = Promise.resolve();
  private notedMs = 0;

  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly keyring: Keyring,
  ) {}

  /** Where the database answers they are known before the first request. */
  async onApplicationBootstrap(): Promise<void> {
    const beginning = this.begin();
    if (this.database.condition.state === 'available') await beginning;
    this.following = beginning.then(() => this.follow());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
    await this.unlessAway(() => this.noteUses());
  }

  /** Fails with `DATABASE_UNAVAILABLE`. What was written before the call holds here when it resolves. */
  async look(): Promise<void> {
    // One that began earlier may have read less, and must not have the last word.
    const look = this.looking.then(async () => this.keyring.fill(await this.keys.known()));
    this.looking = look.catch(() => undefined);
    await look;
  }

  private async begin(): Promise<void> {
    const { signal } = this.stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.database.whenOpen(), stopped]);
    if (!signal.aborted) await this.unlessAway(() => this.look());
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      // While the database is away as well: look() may take its time to find that out.
      this.keyring.endExpired();
      await this.unlessAway(() => this.look());
      if (performance.now() - this.notedMs > NOTE_MS) await this.unlessAway(() => this.noteUses());
    }
  }

  private async noteUses(): Promise<void> {
    this.notedMs = performance.now();
    const uses = this.keyring.takeUses();
    if (uses.size > 0) await this.keys.noteUses(uses);
  }

  private async unlessAway(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The database has told of its own failures.
      if (!(error instanceof DomainError)) this.logger.error(error);
    }
  }
}
