import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { waitUnlessAborted } from '../events/abortable.js';
import { EndpointDisabling } from './endpoint-disabling.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** How soon it is told that a webhook ended with the key that made it. */
const LOOK_MS = 1_000;

/**
 * Disables the webhooks of keys that were revoked or whose time is over, whichever process did it. Nothing is owed or sent
 * to them from that moment; this calls off what is pending, and tells of it.
 */
@Injectable()
export class EndedMakers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EndedMakers.name);
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhooksRepository,
    private readonly disabling: EndpointDisabling,
  ) {}

  onApplicationBootstrap(): void {
    this.following = this.follow();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    await waitUnlessAborted(this.database.whenOpen(), signal);
    while (!signal.aborted) {
      try {
        for (const id of await this.webhooks.withoutMaker()) await this.disabling.disable(id, 'keyEnded');
      } catch (error) {
        // The database has told of its own failures.
        if (!(error instanceof DomainError)) this.logger.error(error);
      }
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
