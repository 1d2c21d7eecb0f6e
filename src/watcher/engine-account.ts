import { randomUUID } from 'node:crypto';
import type { EngineEvent } from '../docker/observed.js';
import type { EngineJournal } from '../events/engine-journal.js';
import type { EventCause, ObservedChange } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { engineChange } from './narration.js';
import { SeenLines } from './seen-lines.js';
import { Teller } from './teller.js';
import { Told } from './told.js';

const UNKNOWN_LOSS = 'The engine was not followed for a while, and no longer remembers all that happened.';

export interface AccountOptions {
  readonly engine: string;
  readonly graceMs: number;
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

  /** From when on the engine is to be asked what it remembers; undefined where that would be of no use. */
  get resumeNano(): string | undefined {
    return this.begun ? this.seen.resumeNano : undefined;
  }

  /** The picture is true again: tells what happened out of sight, step by step where the engine remembers it all. */
  pictured(remembered: readonly EngineEvent[], now: EngineSnapshot, lost: string | undefined): void {
    const begins = !this.begun;
    const changes = this.tellConnected(true);
    if (begins) this.teller.adopt(now);
    else if (this.hole === null && this.seen.connectsTo(remembered)) {
      changes.push(...this.teller.tellEvents(this.seen.take(remembered), now));
    } else changes.push(...this.tellGap(remembered, now, this.hole ?? lost ?? UNKNOWN_LOSS));
    this.begun = true;
    this.hole = null;
    this.write(changes, begins);
  }

  followed(events: readonly EngineEvent[], now: EngineSnapshot, stateExact: boolean): void {
    const fresh = this.seen.take(events);
    if (fresh.length > 0) this.write(this.teller.tellEvents(fresh, now, stateExact));
  }

  ticked(now: EngineSnapshot): void {
    const changes = this.teller.tellUnexplained(now, performance.now());
    if (changes.length > 0) this.write(changes);
  }

  disconnected(): void {
    const changes = this.tellConnected(false);
    if (changes.length > 0) this.write(changes);
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
  private tellGap(remembered: readonly EngineEvent[], now: EngineSnapshot, reason: string): ObservedChange[] {
    const { engine } = this.options;
    const gapId = randomUUID();
    const gap = { gapId, reason, from: this.seen.lastTime };
    return [
      engineChange('engine.gap', engine, 'resync', gap),
      ...this.teller.tellEvents(this.seen.take(remembered), now),
      ...this.teller.tellAllDifferences(now),
      engineChange('engine.resynced', engine, 'resync', { gapId, reason: null, from: null }),
    ];
  }

  private write(changes: readonly ObservedChange[], begins = false): void {
    const { causeOf } = this.options;
    this.journal.write({
      changes: changes.map((change) => ({ ...change, cause: causeOf(change) })),
      told: this.told.takeChanges(),
      checkpoint: this.seen.checkpoint(),
      begins,
    });
  }
}
