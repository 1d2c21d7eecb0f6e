import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { PruningRepository } from './pruning.repository.js';

const INTERVAL_MS = 60_000;

/** Drops what is older than the log is to be. */
@Injectable()
export class LogPruner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LogPruner.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: PruningRepository,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Prunes until nothing is left that is too old. */
  async prune(): Promise<void> {
    const { maxAgeMs, maxCount } = this.settings.eventRetention;
    while (!this.stopping.signal.aborted && (await this.repository.prune({ maxAgeMs, maxCount }))) continue;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await delay(INTERVAL_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      await this.prune().catch((error: unknown) => this.logger.warn(`Old events were left for later: ${String(error)}`));
    }
  }
}
