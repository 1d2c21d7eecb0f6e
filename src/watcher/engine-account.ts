import { randomUUID } from 'node:crypto';
import type { RememberedEvents } from '../docker/docker.gateway.js';
import type { EngineEvent } from '../docker/observed.js';
import type { EngineJournal } from '../events/engine-journal.js';
import type { EventCause, ObservedChange } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { engineChange } from '../events/engine-change.js';
import { SeenLines } from './seen-lines.js';
import { Teller } from './teller.js';
import { Told } from './told.js';

const LATE_LOOK = 'What happened just before the engine went out of reach could not be looked at in time.';
const UNKNOWN_LOSS = 'The engine was not followed for a while, and no longer remembers all that happened.';

export interface AccountOptions {
  readonly engine: string;
  readonly graceMs: number;
  readonly patienceMs: number;
  /** The command of this service that led to a change. */
  readonly causeOf: (change: ObservedChange) => EventCause | null;
}

/** What is told of one engine, for as long as this process is the one that tells it. */
export class EngineAccount {
  private readonly told: Told;
  private readonly teller: Teller;
  private readonly seen: SeenLines;
  private begun: boolean;
  private hole: string | null;
  /** Events were taken in of which the journal does not know yet. */
  private isBehind = false;
  /** Came just before the engine went out of reach; told when it is back, or when it has been away for too long. */
  private unseen: readonly EngineEvent[] = [];
  private awaySinceMs: number | undefined;
  /** Whether something was told that could not be looked at. */
  private guessed = false;

  constructor(
    private readonly journal: EngineJournal,
    private readonly options: AccountOptions,
  ) {
    const { told, checkpoint, hole } = journal.start;
    this.told = Told.from(told ?? []);
    this.teller = new Teller(options.graceMs, this.told);
    this.seen = new SeenLines(checkpoint);
    this.begun = told !== null;
    this.hole = hole;
  }

  /** From when on the engine is to be asked what it remembers. */
  get resumeNano(): string {
    return this.seen.resumeNano;
  }

  /** The picture is true again: tells what happened out of sight, step by step where the engine remembers it all. */
  pictured({ events, isComplete }: RememberedEvents, now: EngineSnapshot, lost: string | undefined): void {
    const begins = !this.begun;
    const changes = this.tellConnected(true);
    const unseen = new Set(this.unseen.map(({ raw }) => raw));
    const connects = isComplete || this.seen.connectsTo(events) || events.some(({ raw }) => unseen.has(raw));
    const all = [...this.unseen, ...events];
    this.unseen = [];
    this.awaySinceMs = undefined;
    if (begins) this.begin(all, now);
    else if (this.hole === null && connects && !this.guessed) {
      changes.push(...this.teller.tellEvents(this.seen.take(all), now));
    } else changes.push(...this.tellGap(all, now, this.hole ?? (connects ? LATE_LOOK : (lost ?? UNKNOWN_LOSS))));
    this.begun = true;
    this.guessed = false;
    this.hole = null;
    this.write(changes, begins);
  }

  followed(events: readonly EngineEvent[], now: EngineSnapshot): void {
    const fresh = this.seen.take(events);
    if (fresh.length === 0) return;
    const changes = this.teller.tellEvents(fresh, now);
    // Half of what an engine sends (kill, stop) changes nothing: that it was heard is kept with what comes next.
    if (changes.length > 0) this.write(changes);
    else this.isBehind = true;
  }

  /** Nothing from before this time of the engine is still to come. */
  heard(until: Date, silenceMs: number): void {
    if (this.begun && this.seen.heard(until, silenceMs)) this.isBehind = true;
  }

  leftUnseen(events: readonly EngineEvent[]): void {
    if (this.begun) this.unseen = [...this.unseen, ...events];
  }

  ticked(now: EngineSnapshot, pending: readonly EngineEvent[]): void {
    const changes = this.teller.tellUnexplained(now, performance.now(), pending);
    if (changes.length > 0 || this.isBehind) this.write(changes);
  }

  /** The engine cannot be reached, at first or still. */
  disconnected(now: EngineSnapshot, atMs: number): void {
    this.awaySinceMs ??= atMs;
    const changes = this.tellConnected(false);
    if (atMs - this.awaySinceMs >= this.options.patienceMs) changes.push(...this.tellUnseen(now));
    if (changes.length > 0) this.write(changes);
  }

  private tellUnseen(now: EngineSnapshot): ObservedChange[] {
    const fresh = this.seen.take(this.unseen);
    this.unseen = [];
    if (fresh.length > 0) this.guessed = true;
    return this.teller.tellEvents(fresh, now, false);
  }

  /** What led to the picture is not told, but known: when the engine still remembers it, nothing was missed. */
  private begin(events: readonly EngineEvent[], now: EngineSnapshot): void {
    this.seen.take(events);
    this.teller.adopt(now);
  }

  private tellConnected(connected: boolean): ObservedChange[] {
    const { engine } = this.options;
    const before = this.told.engines.get(engine)?.connected;
    this.told.engines.set(engine, { connected });
    // What was never told to be connected is not told to have been lost.
    if (before === connected || (before === undefined && !connected)) return [];
    return [engineChange(connected ? 'engine.connected' : 'engine.disconnected', engine, 'engine')];
  }

  /** What happened out of sight, between a frame that says so: what the engine remembers, then what differs. */
  private tellGap(events: readonly EngineEvent[], now: EngineSnapshot, reason: string): ObservedChange[] {
    const { engine } = this.options;
    const gapId = randomUUID();
    const gap = { gapId, reason, from: this.seen.lastTime };
    return [
      engineChange('engine.gap', engine, 'resync', gap),
      ...this.teller.tellEvents(this.seen.take(events), now),
      ...this.teller.tellAllDifferences(now),
      engineChange('engine.resynced', engine, 'resync', { gapId, reason: null, from: null }),
    ];
  }

  private write(changes: readonly ObservedChange[], begins = false): void {
    const { causeOf } = this.options;
    this.isBehind = false;
    this.journal.write({
      changes: changes.map((change) => ({ ...change, cause: causeOf(change) })),
      told: this.told.takeChanges(),
      checkpoint: this.seen.checkpoint(),
      begins,
    });
  }
}
