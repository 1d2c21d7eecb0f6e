import { createHash } from 'node:crypto';
import type { EngineEvent } from '../docker/observed.js';
import type { Checkpoint } from '../events/engine-journal.js';

/** An engine remembers no more, so no line that comes again can be older than this many others. */
const REMEMBERED = 256;
/** Engines number events before they send them, so that two may change places. */
const OVERLAP_NANO = 2_000_000_000n;
const NANOS_PER_MS = 1_000_000n;

function digestOf({ raw }: EngineEvent): string {
  return createHash('sha256').update(raw).digest('base64url').slice(0, 16);
}

/** Which events of an engine have been taken in: each is told once, however often the engine sends its line. */
export class SeenLines {
  private readonly recent: Set<string>;
  private newest: { readonly time: string; readonly timeNano: string } | undefined;

  constructor(checkpoint: Checkpoint | null) {
    this.recent = new Set(checkpoint?.recent ?? []);
    if (checkpoint !== null) this.newest = checkpoint;
  }

  /** From when on the engine is to be asked what it remembers: from its beginning where nothing has been taken in yet. */
  get resumeNano(): string {
    const nano = BigInt(this.newest?.timeNano ?? 0) - OVERLAP_NANO;
    return (nano < 0n ? 0n : nano).toString();
  }

  /** The engine's time of the last event, or since when it has raised none; null before the first. */
  get lastTime(): string | null {
    return this.newest?.time ?? null;
  }

  /** An engine's memory has no holes: where it holds one known event, it holds all that came after it. */
  connectsTo(remembered: readonly EngineEvent[]): boolean {
    return remembered.some((event) => this.recent.has(digestOf(event)));
  }

  /** Takes events in, and answers those that are new. */
  take(events: readonly EngineEvent[]): EngineEvent[] {
    return events.filter((event) => this.add(event));
  }

  /** The engine has raised nothing more until this time: noted where the silence has lasted for so long. */
  heard(until: Date, silenceMs: number): boolean {
    const nano = BigInt(until.getTime()) * NANOS_PER_MS;
    if (this.newest !== undefined && nano - BigInt(this.newest.timeNano) < BigInt(silenceMs) * NANOS_PER_MS) return false;
    this.newest = { time: until.toISOString(), timeNano: nano.toString() };
    return true;
  }

  checkpoint(): Checkpoint | null {
    return this.newest === undefined ? null : { ...this.newest, recent: [...this.recent] };
  }

  private add(event: EngineEvent): boolean {
    const digest = digestOf(event);
    if (this.recent.has(digest)) return false;
    this.recent.add(digest);
    if (this.recent.size > REMEMBERED) this.recent.delete(this.recent.values().next().value ?? '');
    const { time, timeNano } = event;
    if (this.newest === undefined || BigInt(timeNano) > BigInt(this.newest.timeNano)) this.newest = { time, timeNano };
    return true;
  }
}
