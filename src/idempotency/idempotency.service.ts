import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import { isSurelyDead, processIdentity } from '../database/process-identity.js';
import { DomainError } from '../errors/domain.error.js';
import { callerFault } from '../http/request-failure.js';
import type { Attempt, Noting } from '../inventory/attempt.js';
import { SecretBox } from '../secrets/secret-box.js';
import { IdempotencyRepository, type KeyScope, type StandingRecord } from './idempotency.repository.js';
import type { KeyedWrite } from './keyed-write.js';
import { IdempotencyTimings } from './idempotency-timings.js';
import { concludeFailure, concludeInspection, replay, storedError, storedResult } from './stored-answer.js';

export interface Running {
  /** When it notes what it changes; undefined where it does not. */
  readonly noting: Noting | undefined;
  /** The answer, and what is noted, are not to be read where they are kept. */
  readonly showsSecret: boolean;
  carryOut(attempt: Attempt): Promise<unknown>;
  /** What is answered comes from an earlier request. */
  onReplay(): void;
}

/** Carries a write with a key out once, and answers every repetition as the first was answered. */
@Injectable()
export class IdempotencyService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IdempotencyService.name);
  private readonly owner = processIdentity();
  /** Ids of records that requests to this process ask for, and how many do. */
  private readonly live = new Map<string, number>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly database: Database,
    private readonly timings: IdempotencyTimings,
    private readonly box: SecretBox,
  ) {}

  onApplicationBootstrap(): void {
    const { beatMs, pruneMs, keepMs } = this.timings;
    this.timers.push(
      setInterval(() => void this.beat(), beatMs).unref(),
      setInterval(() => void this.housekeep(() => this.repository.prune(keepMs)), pruneMs).unref(),
    );
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Fails with `DATABASE_UNAVAILABLE` before anything is done, or as the first request did. */
  async run({ asked, ...write }: KeyedWrite, running: Running): Promise<unknown> {
    // Before there is a record: another request may see that earlier than this one hears of it.
    this.live.set(write.id, (this.live.get(write.id) ?? 0) + 1);
    try {
      return await this.answer({ ...write, fingerprint: await this.box.fingerprint(asked, write.id) }, running);
    } finally {
      const others = (this.live.get(write.id) ?? 1) - 1;
      if (others === 0) this.live.delete(write.id);
      else this.live.set(write.id, others);
    }
  }

  private async answer(write: KeyScope, running: Running): Promise<unknown> {
    const standing = await this.repository.begin(write, this.owner, this.timings.keepMs);
    if (standing === undefined) return this.carryOut(write, running, { noted: undefined, silentMs: 0 });
    if (standing.fingerprint !== write.fingerprint) {
      if (!(await this.box.isOwnFingerprint(standing.fingerprint))) throw incomparable();
      const detail = 'This key was used for another request. Take a new key for each request, and the same to repeat one.';
      throw new DomainError('IDEMPOTENCY_KEY_REUSED', detail);
    }
    if (standing.answer !== null) {
      running.onReplay();
      return replay(running.showsSecret ? await this.box.open(standing.answer, write.id) : standing.answer);
    }
    return this.settle(write, running, standing);
  }

  /** Goes into a record that was left unfinished: nothing is carried out twice. */
  private async settle(write: KeyScope, running: Running, standing: StandingRecord): Promise<unknown> {
    const taken = this.isLive(write.id, standing) ? undefined : await this.repository.takeOver(write.id, standing, this.owner);
    if (taken === undefined) {
      throw new DomainError('IDEMPOTENCY_IN_PROGRESS', 'A request with this key is being carried out.');
    }
    const noted = await this.readable(write.id, running, taken.basis);
    if (noted === undefined && running.noting === undefined) return this.carryOut(write, { ...running, carryOut: untold }, NOTHING);
    if (noted !== undefined) running.onReplay();
    return this.carryOut(write, running, { noted, silentMs: standing.silentMs ?? standing.quietMs });
  }

  private isLive(id: string, { owner, quietMs }: StandingRecord): boolean {
    if (owner === this.owner) return (this.live.get(id) ?? 0) > 1;
    return owner !== '' && !isSurelyDead(owner) && quietMs < this.timings.deadMs;
  }

  private async carryOut(write: KeyScope, running: Running, state: Omit<Attempt, 'note'>): Promise<unknown> {
    const { id } = write;
    try {
      const result = await running.carryOut({ ...state, note: (basis, transaction) => this.note(id, running, basis, transaction) });
      await this.store(id, () => this.finish(id, running, storedResult(result)));
      return result;
    } catch (error) {
      const fault = callerFault(error);
      const looked = state.noted !== undefined;
      const conclusion = looked ? concludeInspection(fault) : concludeFailure(fault, running.noting);
      await this.store(id, async () => {
        if (conclusion === 'free') await this.repository.free(id, this.owner);
        else if (conclusion === 'leave' || fault === undefined) await this.repository.leave(id, this.owner);
        else await this.finish(id, running, storedError(fault));
      });
      throw error;
    }
  }

  private async note(id: string, { showsSecret }: Running, basis: object, transaction?: Writer): Promise<void> {
    const kept = showsSecret ? ({ sealed: await this.box.seal(JSON.stringify(basis), id) } satisfies Sealed) : basis;
    if (await this.repository.note(id, this.owner, kept, transaction)) return;
    throw new DomainError('IDEMPOTENCY_IN_PROGRESS', 'Another process has taken this request over.');
  }

  private async readable(id: string, { showsSecret }: Running, basis: object | undefined): Promise<object | undefined> {
    if (basis === undefined || !showsSecret) return basis;
    return JSON.parse(await this.box.open((basis as Sealed).sealed, id)) as object;
  }

  private async finish(id: string, { showsSecret }: Running, answer: string): Promise<void> {
    await this.repository.finish(id, this.owner, showsSecret ? await this.box.seal(answer, id) : answer);
  }

  /** Whoever asked gets the answer even where it cannot be kept: then it is looked into when asked for again. */
  private async store(id: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn(`What came of the request with the record ${id} could not be kept: ${String(error)}`);
    }
  }

  private async beat(): Promise<void> {
    if (this.live.size > 0) await this.housekeep(() => this.repository.beat([...this.live.keys()], this.owner));
  }

  private async housekeep(work: () => Promise<void>): Promise<void> {
    if (this.database.condition.state !== 'available') return;
    try {
      await work();
    } catch (error) {
      // The database has told of its own failures.
      if (!(error instanceof DomainError)) this.logger.error(error);
    }
  }
}

/** What was noted of a write whose answer shows a secret. */
interface Sealed {
  readonly sealed: string;
}

const NOTHING = { noted: undefined, silentMs: 0 } as const;

function incomparable(): DomainError {
  const detail =
    'This key was used while the service had another secret key, so that it cannot be told whether this is the same ' +
    'request. Set FAIRLEAD_SECRET_KEY, or put back the file secret-key, as it was then; processes on one database need ' +
    'the same. Or send it with a new key, where the first request is known not to have been carried out.';
  return new DomainError('SECRET_KEY_MISMATCH', detail);
}

async function untold(): Promise<never> {
  const detail = 'The first request with this key was not finished, and it cannot be told what came of it.';
  throw new DomainError('IDEMPOTENCY_UNFINISHED', detail, { outcome: 'unknown' });
}
