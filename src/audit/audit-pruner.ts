import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ChainBroken, ChainRepository } from './chain.repository.js';

const INTERVAL_MS = 600_000;

/** Drops records that are older than they are to be. */
@Injectable()
export class AuditPruner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(AuditPruner.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly chain: ChainRepository,
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
    while (!this.stopping.signal.aborted && (await this.chain.prune(this.settings.auditRetentionMs))) continue;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await delay(INTERVAL_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      await this.prune().catch((error: unknown) => {
        if (error instanceof ChainBroken) this.logger.error(`${error.message} Nothing is taken away.`);
        else this.logger.warn(`Old audit records were left for later: ${String(error)}`);
      });
    }
  }
}
