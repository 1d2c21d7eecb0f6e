import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/**
 * What a command needs for itself. `exclusive`: nobody else may touch the object meanwhile. `shared`: others may use
 * it too, but nobody may take it away (a network while a container is being attached to it).
 */
export interface LockRequest {
  readonly key: string;
  readonly mode: 'shared' | 'exclusive';
}

/** Ids of swarms' objects are 25 letters and digits, all others 64 hex digits. */
export function isSwarmId(id: string): boolean {
  return /^[0-9a-z]{25}$/.test(id);
}

export const lockKey = {
  /** What is a swarm's is held against its other engines too. */
  network: (engine: string, id: string) => `${isSwarmId(id) ? 'swarm' : engine}/network/${id}`,
  container: (engine: string, id: string) => `${engine}/container/${id}`,
  containerName: (engine: string, name: string) => `${engine}/container-name/${name}`,
  /** Services of a swarm: names, ports and addresses are checked and taken as one step. */
  services: (swarmId: string) => `swarm/services/${swarmId}`,
  /** Which nodes a swarm has, and what they are in it. Taken before the memberships of engines. */
  members: (swarmId: string) => `swarm/members/${swarmId}`,
  /** Which swarm an engine is in. */
  membership: (engine: string) => `${engine}/membership`,
  /** Names and subnets of networks: checked and taken as one step. */
  networkSpace: (engine: string) => `${engine}/network-space`,
} as const;

/** Whoever wants `wanted` must wait while `held` are held. */
export function standInTheWay(held: readonly LockRequest[], wanted: readonly LockRequest[]): boolean {
  return held.some(({ key, mode }) => wanted.some((want) => want.key === key && (mode === 'exclusive' || want.mode === 'exclusive')));
}

/** Locks on objects of engines, within this process; first come, first served (Web Locks). */
@Injectable()
export class ObjectLocks {
  /** Locks of the platform are shared by the whole process; those of this service are its own. */
  private readonly prefix = randomUUID();

  /**
   * Runs `work` while holding all locks, taken in one order so that two commands never wait for each other. The signal
   * ends the waiting, not the work.
   */
  async hold<T>(requests: readonly LockRequest[], work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const strongest = new Map<string, LockRequest>();
    for (const request of requests) {
      if (strongest.get(request.key)?.mode !== 'exclusive') strongest.set(request.key, request);
    }
    const ordered = [...strongest.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    // Whoever gives a lock up starts what has waited for it, which must not take it for its own.
    return this.take(ordered, AsyncLocalStorage.bind(work), signal);
  }

  private async take<T>(
    [next, ...rest]: readonly LockRequest[],
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (next === undefined) return work();
    const name = `${this.prefix}/${next.key}`;
    return navigator.locks.request(name, { mode: next.mode, signal }, () => this.take(rest, work, signal));
  }
}
