import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Inventory } from '../inventory/inventory.js';
import type { Refresher } from '../inventory/refresher.js';
import { isInMotion } from '../inventory/swarm.view.js';
import { BackOff } from './back-off.js';
import type { WatchTimings } from './watch-timings.js';

/** When a manager will be asked next. */
interface Due {
  readonly atMs: number;
  readonly replaced: AbortController;
}

/**
 * Looks again at swarms in which something stirs: tasks raise no events at all (engine-facts 2.2), so a manager is asked
 * soon after a task's container is heard of on any engine, and now and then for as long as tasks are in motion; the more
 * rarely the longer nothing comes of it, since a task that no node can take is in motion for ever.
 */
export class SwarmFollower {
  private readonly logger = new Logger(SwarmFollower.name);
  private readonly stopping = new AbortController();
  /** By the engine that will be asked. */
  private readonly due = new Map<string, Due>();
  /** By the engine that is asked while tasks are in motion; made anew when something has changed. */
  private readonly patience = new Map<string, { readonly seen: unknown; readonly backOff: BackOff }>();
  /** Ids of nodes of which it has been asked whether they are engines of ours. */
  private asked: ReadonlySet<string> = new Set();

  constructor(
    private readonly inventory: Inventory,
    private readonly refresher: Refresher,
    private readonly timings: WatchTimings,
  ) {}

  /** Something was heard on this engine that concerns its swarm. */
  stir(engine: string): void {
    const speaker = this.inventory.swarmOf(engine)?.group.speaker;
    if (speaker !== undefined) void this.lookSoon(speaker, this.timings.swarmSoonMs);
  }

  stop(): void {
    this.stopping.abort();
  }

  private async lookSoon(speaker: string, inMs: number): Promise<void> {
    const atMs = performance.now() + inMs;
    const standing = this.due.get(speaker);
    if (standing !== undefined && standing.atMs <= atMs) return;
    standing?.replaced.abort();
    const due: Due = { atMs, replaced: new AbortController() };
    this.due.set(speaker, due);
    const signal = AbortSignal.any([this.stopping.signal, due.replaced.signal]);
    await delay(inMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (this.due.get(speaker) === due) this.due.delete(speaker);
    if (!signal.aborted) await this.look(speaker);
  }

  private async look(speaker: string): Promise<void> {
    // It may have been removed meanwhile.
    if (!this.inventory.has(speaker) || this.inventory.picture(speaker).state !== 'connected') return;
    try {
      await this.refresher.swarm(speaker);
      await this.recognise(speaker);
    } catch (error) {
      // Whoever follows that engine finds out what is wrong with it.
      this.logger.debug(`Engine ${speaker} did not tell of its swarm: ${String(error)}`);
      return;
    }
    const tasks = this.inventory.swarmOf(speaker)?.tasks ?? [];
    if (tasks.some(isInMotion)) void this.lookSoon(speaker, this.motionMs(speaker));
    else this.patience.delete(speaker);
  }

  private motionMs(speaker: string): number {
    const seen = this.inventory.has(speaker) ? this.inventory.picture(speaker).swarm : null;
    const standing = this.patience.get(speaker);
    const patience = standing?.seen === seen ? standing : { seen, backOff: new BackOff(this.timings.swarmMotion) };
    this.patience.set(speaker, patience);
    return patience.backOff.nextMs(0);
  }

  /** An engine that joins a swarm says nothing of it: when a node appears, those that are in none are asked. */
  private async recognise(speaker: string): Promise<void> {
    const group = this.inventory.swarmOf(speaker)?.group;
    const strangers = (group?.observed.nodes ?? []).map(({ id }) => id).filter((id) => group?.engineOfNode.has(id) === false);
    const isNews = strangers.some((id) => !this.asked.has(id));
    const present = new Set(this.inventory.swarms().flatMap(({ nodes }) => nodes.map(({ id }) => id)));
    this.asked = new Set([...this.asked, ...strangers].filter((id) => present.has(id)));
    if (!isNews) return;
    const outside = this.inventory.engineNames().filter((name) => {
      return this.inventory.picture(name).state === 'connected' && this.inventory.swarmOf(name) === undefined;
    });
    const looks = await Promise.allSettled(outside.map((name) => this.refresher.engine(name)));
    for (const look of looks) {
      if (look.status === 'rejected') this.logger.debug(`An engine did not tell whether it is in a swarm: ${String(look.reason)}`);
    }
  }
}
