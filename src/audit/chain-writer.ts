import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { NewAuditRow } from './audit-row.js';
import { ChainRepository } from './chain.repository.js';

/** Rows of one transaction. */
const MOST_AT_ONCE = 100;
/** Outcomes that wait in memory for the database. */
const MOST_LATE = 10_000;
const RETRY_MS = 1_000;

interface Waiting {
  readonly row: NewAuditRow;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Puts rows on record, one transaction at a time: what waits for its turn meanwhile goes together. */
@Injectable()
export class ChainWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ChainWriter.name);
  private readonly waiting: Waiting[] = [];
  private readonly late = new Map<string, NewAuditRow>();
  private isWriting = false;
  private preparing: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly chain: ChainRepository) {}

  /** Before a disk can fail under it: the key that records are chained with may have to be made yet. */
  onApplicationBootstrap(): void {
    this.preparing = this.chain.prepare().catch((error: unknown) => this.logger.error(error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.retry);
    await this.preparing;
    await this.writeLate();
    if (this.late.size > 0) this.logger.error(`${this.late.size} rows of commands stay off the record: the service ends without a database.`);
  }

  /** Resolves when the row is committed. Fails with `DATABASE_UNAVAILABLE`, and then it may be committed all the same. */
  append(row: NewAuditRow): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ row, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  /** Puts an outcome on record once the database takes it, unless its command never got there. */
  appendLater(outcome: NewAuditRow): void {
    if (this.late.size >= MOST_LATE || this.isStopped) {
      const reason = this.isStopped ? 'the service ends without a database' : 'too many wait for the database';
      this.logger.error(`The outcome of the command ${outcome.command} stays off the record: ${reason}.`);
      return;
    }
    this.late.set(outcome.command, outcome);
    this.retry ??= setTimeout(() => void this.writeLate(), RETRY_MS).unref();
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const portion = this.waiting.splice(0, MOST_AT_ONCE);
      try {
        await this.chain.append(portion.map(({ row }) => row));
        for (const { resolve } of portion) resolve();
      } catch (error) {
        for (const { reject } of portion) reject(error);
      }
    }
    this.isWriting = false;
  }

  private async writeLate(): Promise<void> {
    while (this.late.size > 0) {
      const portion = [...this.late.values()].slice(0, MOST_AT_ONCE);
      try {
        await this.chain.appendMissing(portion);
      } catch (error) {
        // The database has told of its own failures.
        if (!(error instanceof DomainError)) this.logger.error(error);
        break;
      }
      for (const { command } of portion) this.late.delete(command);
    }
    this.retry = this.late.size > 0 && !this.isStopped ? setTimeout(() => void this.writeLate(), RETRY_MS).unref() : undefined;
  }
}
