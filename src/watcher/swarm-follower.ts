import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Inventory } from '../inventory/inventory.js';
import type { Refresher } from '../inventory/refresher.js';
import { isInMotion } from '../inventory/swarm.view.js';
import type { WatchTimings } from './watch-timings.js';

/**
 * Looks again at swarms in which something stirs: tasks raise no events at all (engine-facts 2.2), so a manager is asked
 * soon after a task's container is heard of on any engine, and now and then for as long as tasks are in motion.
 */
export class SwarmFollower {
  private readonly logger = new Logger(SwarmFollower.name);
  private readonly stopping = new AbortController();
  /** Engines that will be asked. */
  private readonly due = new Set<string>();
  /** Ids of nodes of which it has been asked whether they are engines of ours. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly inventory: Inventory,
    private readonly refresher: Refresher,
    private readonly timings: WatchTimings,
  ) {}

  /** Something was heard on this engine that concerns its swarm. */
  stir(engine: string): void {
    void this.lookSoon(engine, this.timings.swarmSoonMs);
  }

  stop(): void {
    this.stopping.abort();
  }

  private async lookSoon(engine: string, inMs: number): Promise<void> {
    const speaker = this.inventory.swarmOf(engine)?.group.speaker;
    if (speaker === undefined || this.due.has(speaker)) return;
    this.due.add(speaker);
    const { signal } = this.stopping;
    await delay(inMs, undefined, { signal, ref: false }).catch(() => undefined);
    this.due.delete(speaker);
    // It may have been removed meanwhile.
    if (signal.aborted || !this.inventory.engineNames().includes(speaker)) return;
    if (this.inventory.picture(speaker).state !== 'connected') return;
    try {
      await this.refresher.swarm(speaker);
      await this.recognise(speaker);
    } catch (error) {
      // Whoever follows that engine finds out what is wrong with it.
      this.logger.debug(`Engine ${speaker} did not tell of its swarm: ${String(error)}`);
      return;
    }
    const tasks = this.inventory.swarmOf(speaker)?.tasks ?? [];
    if (tasks.some(isInMotion)) void this.lookSoon(speaker, this.timings.swarmMotionMs);
  }

  /** An engine that joins a swarm says nothing of it: when a node appears, those that are in none are asked. */
  private async recognise(speaker: string): Promise<void> {
    const group = this.inventory.swarmOf(speaker)?.group;
    const strangers = (group?.observed.nodes ?? []).filter(({ id }) => group?.engineOfNode.has(id) === false && !this.asked.has(id));
    if (strangers.length === 0) return;
    for (const { id } of strangers) this.asked.add(id);
    const outside = this.inventory.engineNames().filter((name) => {
      return this.inventory.picture(name).state === 'connected' && this.inventory.swarmOf(name) === undefined;
    });
    const looks = await Promise.allSettled(outside.map((name) => this.refresher.engine(name)));
    for (const look of looks) {
      if (look.status === 'rejected') this.logger.debug(`An engine did not tell whether it is in a swarm: ${String(look.reason)}`);
    }
  }
}
