import { Injectable } from '@nestjs/common';
import { DomainError, type ResourcePointer } from '../errors/domain.error.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import { VisibleInventory } from './visible-inventory.js';

/** A resource together with the engine on which it was found. */
export interface Found<T> {
  readonly engine: string;
  readonly resource: T;
}

export function networkPointer(engine: string, { id, name }: Pick<Network, 'id' | 'name'>): ResourcePointer {
  return { kind: 'network', id, name, engine };
}

export function containerPointer({ id, name, engine }: Pick<Container, 'id' | 'name' | 'engine'>): ResourcePointer {
  return { kind: 'container', id, name, engine };
}

const ID_PREFIX = /^[0-9a-z]{4,64}$/;

interface Kind<T> {
  readonly kind: 'network' | 'container';
  readonly notFound: 'NETWORK_NOT_FOUND' | 'CONTAINER_NOT_FOUND';
  byId(snapshot: EngineSnapshot, id: string): T | undefined;
  byName(snapshot: EngineSnapshot, name: string): readonly T[];
  all(snapshot: EngineSnapshot): readonly T[];
}

const NETWORK: Kind<Network> = {
  kind: 'network',
  notFound: 'NETWORK_NOT_FOUND',
  byId: (snapshot, id) => snapshot.networkById.get(id),
  byName: (snapshot, name) => snapshot.networksByName.get(name) ?? [],
  all: (snapshot) => snapshot.networks,
};

const CONTAINER: Kind<Container> = {
  kind: 'container',
  notFound: 'CONTAINER_NOT_FOUND',
  byId: (snapshot, id) => snapshot.containerById.get(id),
  byName: (snapshot, name) => snapshot.containersByName.get(name) ?? [],
  all: (snapshot) => snapshot.containers,
};

/** Finds what a caller's reference means: full id, then exact name, then unique id prefix. */
@Injectable()
export class References {
  constructor(private readonly inventory: VisibleInventory) {}

  network(ref: string, engine?: string): Found<Network> {
    return this.resolve(NETWORK, ref, engine);
  }

  /**
   * A network that containers of this engine can be put on: one that it shows, or one of its swarm that it will show as
   * soon as a container is on it.
   */
  networkInReach(ref: string, engine: string): Network {
    const beyond = this.inventory.networksBeyond(engine);
    const meant = beyond.find(({ id }) => id === ref) ?? beyond.find(({ name }) => name === ref);
    const hidden = meant ?? (ID_PREFIX.test(ref) ? beyond.find(({ id }) => id.startsWith(ref)) : undefined);
    if (hidden === undefined || this.matches(NETWORK, ref, this.inventory.snapshots(engine)).length > 0) {
      return this.network(ref, engine).resource;
    }
    return hidden;
  }

  container(ref: string, engine?: string): Found<Container> {
    return this.resolve(CONTAINER, ref, engine);
  }

  /** Engines take links to nobody and never say that they lead nowhere (engine-facts 3.2, row 64). Fails with `CONTAINER_NOT_FOUND`. */
  requireLinkTargets(links: readonly string[] | null | undefined, engine: string): void {
    for (const link of links ?? []) this.container(link.slice(0, link.lastIndexOf(':')), engine);
  }

  private resolve<T extends { id: string; name: string }>(kind: Kind<T>, ref: string, engine?: string): Found<T> {
    const snapshots = this.inventory.snapshots(engine);
    const matches = this.asOne(this.matches(kind, ref, snapshots));
    const [match] = matches;
    if (match === undefined) throw this.missing(kind, ref, engine);
    if (matches.length === 1) return match;
    throw new DomainError(
      'AMBIGUOUS_REFERENCE',
      `"${ref}" matches ${matches.length} ${kind.kind}s. Use a full id, or name the engine.`,
      {
        candidates: matches.map(({ engine: on, resource: { id, name } }) => ({ kind: kind.kind, id, name, engine: on })),
      },
    );
  }

  /** What several engines show of one swarm is one: as the engine that speaks for the swarm shows it. */
  private asOne<T extends object>(matches: readonly Found<T>[]): readonly Found<T>[] {
    const byResource = Map.groupBy(matches, ({ resource }) => resource);
    return [...byResource.values()].flatMap((same) => {
      const speaker = this.inventory.swarmOf(same[0]?.engine ?? '')?.group.speaker;
      return same.find(({ engine }) => engine === speaker) ?? same.slice(0, 1);
    });
  }

  private matches<T extends { id: string }>(
    kind: Kind<T>,
    ref: string,
    snapshots: readonly EngineSnapshot[],
  ): readonly Found<T>[] {
    const found = (pick: (snapshot: EngineSnapshot) => readonly T[]): Found<T>[] =>
      snapshots.flatMap((snapshot) => pick(snapshot).map((resource) => ({ engine: snapshot.engine, resource })));
    const exact = found((snapshot) => {
      const resource = kind.byId(snapshot, ref);
      return resource === undefined ? [] : [resource];
    });
    if (exact.length > 0) return exact;
    const named = found((snapshot) => kind.byName(snapshot, ref));
    if (named.length > 0 || !ID_PREFIX.test(ref)) return named;
    return found((snapshot) => kind.all(snapshot).filter(({ id }) => id.startsWith(ref)));
  }

  /** A worker shows a network of its swarm only while it takes part in it: without a manager the others are unknown. */
  private unseenNetworks(engine?: string): string {
    const names = engine === undefined ? this.inventory.engineNames() : [engine];
    const workers = names.filter((name) => this.inventory.snapshot(name).swarm?.speaker === null);
    if (workers.length === 0) return '';
    return (
      ` Engine ${workers.join(', ')} is in a swarm none of whose managers is known here, and shows a network of the swarm ` +
      'only while a container on it is on that network.'
    );
  }

  /** Nothing found is only an answer where every engine that could hold it has been seen. */
  private missing(kind: Kind<unknown>, ref: string, engine?: string): DomainError {
    const unseen = this.inventory.freshness(engine).filter(({ syncedAt }) => syncedAt === null);
    if (unseen.length > 0) {
      const names = unseen.map(({ name }) => name).join(', ');
      return new DomainError(
        'ENGINE_UNREACHABLE',
        `The ${kind.kind} "${ref}" may be on engine ${names}, which has not been reached since the service started.`,
        unseen.length === 1 ? { engine: names } : {},
      );
    }
    const where = engine === undefined ? '' : ` on engine ${engine}`;
    return new DomainError(kind.notFound, `There is no ${kind.kind} "${ref}"${where}.${kind === NETWORK ? this.unseenNetworks(engine) : ''}`);
  }
}
