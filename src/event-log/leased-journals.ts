import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { isSurelyDead, processIdentity } from '../database/process-identity.js';
import { DomainError } from '../errors/domain.error.js';
import { EngineJournals, type EngineJournal, type JournalStart } from '../events/engine-journal.js';
import type { EngineTellers } from '../inventory/command-traces.js';
import { JournalRepository, type Lease } from './journal.repository.js';
import { JournalTimings } from './journal-timings.js';
import { LeasedJournal } from './leased-journal.js';
import { LogTail } from './log-tail.js';
import { LogWriter } from './log-writer.js';

/** At the end of the service: how long what is still to be written may take. */
const LAST_WORDS_MS = 5_000;

/** Keeps asking for each engine's lease, so that one process tells what happens there, whichever may end or hang. */
@Injectable()
export class LeasedJournals extends EngineJournals implements EngineTellers {
  private readonly logger = new Logger(LeasedJournals.name);
  private readonly holder = processIdentity();
  private readonly keeping = new Map<Promise<void>, string>();
  private readonly told = new Map<string, LeasedJournal>();

  constructor(
    private readonly repository: JournalRepository,
    private readonly writer: LogWriter,
    private readonly tail: LogTail,
    private readonly timings: JournalTimings,
  ) {
    super();
  }

  async open(engine: string, onOpen: (journal: EngineJournal) => void, signal: AbortSignal): Promise<void> {
    const attempted = Promise.withResolvers<void>();
    const keeping = this.keep(engine, onOpen, signal, attempted.resolve);
    this.keeping.set(keeping, engine);
    void keeping.finally(() => this.keeping.delete(keeping));
    await attempted.promise;
  }

  async closed(engine?: string): Promise<void> {
    await Promise.all([...this.keeping].filter(([, of]) => engine === undefined || of === engine).map(([keeping]) => keeping));
  }

  /** Whether what happens on the engine is told by this process. */
  isToldHere(engine: string): boolean {
    return this.told.get(engine)?.ended.aborted === false;
  }

  /** Entries of all engines that are still to be written. */
  get waiting(): number {
    return [...this.told.values()].reduce((count, journal) => count + journal.waitingCount, 0);
  }

  private async keep(
    engine: string,
    onOpen: (journal: EngineJournal) => void,
    signal: AbortSignal,
    attempted: () => void,
  ): Promise<void> {
    let hole: string | null = null;
    // A database that is away must not keep the engine from being followed.
    const patience = setTimeout(attempted, this.timings.patienceMs);
    await Promise.race([this.tail.whenBegun(), aborted(signal)]);
    while (!signal.aborted) {
      const journal = await this.tryOpen(engine, hole);
      clearTimeout(patience);
      if (journal !== undefined) {
        this.told.set(engine, journal);
        onOpen(journal);
        attempted();
        await this.renewUntilEnded(journal, signal);
        this.told.delete(engine);
        hole = journal.hole;
      }
      attempted();
      await delay(this.timings.askMs, undefined, { signal }).catch(() => undefined);
    }
    attempted();
  }

  private async tryOpen(engine: string, hole: string | null): Promise<LeasedJournal | undefined> {
    try {
      const lease = await this.repository.acquire(engine, this.holder, this.timings.leaseMs, isSurelyDead);
      if (lease === undefined) return undefined;
      const start: JournalStart = {
        told: await this.repository.told(engine),
        checkpoint: await this.repository.checkpoint(engine),
        hole,
      };
      return new LeasedJournal(start, lease, this.writer, this.timings);
    } catch (error) {
      // The database has told of its own failures.
      if (!(error instanceof DomainError)) this.logger.error(error);
      return undefined;
    }
  }

  private async renewUntilEnded(journal: LeasedJournal, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, journal.ended]);
    while (!over.aborted) {
      await delay(this.timings.renewMs, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted && (await this.isLost(journal.lease))) journal.end('Another process has taken over.');
    }
    if (!signal.aborted) {
      this.logger.warn(`Engine ${journal.lease.engine}: ${(journal.ended.reason as Error).message}`);
      return;
    }
    await journal.settle(AbortSignal.timeout(LAST_WORDS_MS));
    await this.giveBack(journal);
  }

  private async isLost(lease: Lease): Promise<boolean> {
    try {
      return !(await this.repository.renew(lease, this.timings.leaseMs));
    } catch (error) {
      // Nobody else can take it while the database is away either.
      if (!(error instanceof DomainError)) this.logger.error(error);
      return false;
    }
  }

  private async giveBack({ lease, ended }: LeasedJournal): Promise<void> {
    try {
      await this.repository.release(lease);
      if (ended.aborted) this.logger.error(`Engine ${lease.engine}: ${(ended.reason as Error).message}`);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn(`The lease of engine ${lease.engine} was left to lapse. ${error.detail}`);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
