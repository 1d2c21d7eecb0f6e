import { Injectable } from '@nestjs/common';
import { DomainError, type ErrorExtras, type ResourcePointer } from '../errors/domain.error.js';
import { currentSight } from '../sight/current-sight.js';
import type { SwarmView } from './swarm.view.js';
import { VisibleInventory } from './visible-inventory.js';

const IN_SWARM: Partial<Record<ResourcePointer['kind'], (view: SwarmView) => readonly { readonly id: string }[]>> = {
  swarm: ({ swarm }) => [swarm],
  node: ({ nodes }) => nodes,
  service: ({ services }) => services,
  task: ({ tasks }) => tasks,
};

/** Tells failures so that nothing is named which whoever asks may not see. */
@Injectable()
export class VisibleErrors {
  constructor(private readonly inventory: VisibleInventory) {}

  /** The error as it may be told. What cannot be told of apart from what is hidden is told by its title alone. */
  explain(error: DomainError): DomainError {
    if (currentSight().isWhole) return error;
    // Engines speak of whatever is on them.
    const { engineMessage: _hidden, ...extras } = error.extras;
    const shown = this.shown(extras);
    if (this.namesOnlyVisible(extras)) return new DomainError(error.code, error.detail, shown, { cause: error });
    // What is said of a field may name it as well.
    return new DomainError(error.code, `${error.title}, by something that this key does not see.`, { ...shown, errors: [] }, { cause: error });
  }

  private namesOnlyVisible(extras: ErrorExtras): boolean {
    return pointersOf(extras).every((pointer) => this.sees(pointer)) && enginesOf(extras).every((name) => this.inventory.has(name));
  }

  private shown(extras: ErrorExtras): ErrorExtras {
    const { candidates, blockingContainers, blockingServices, overlappingNetworks, notRestored, notTakenBack, holder, engine } = extras;
    const seen = <T extends ResourcePointer>(pointers: readonly T[]): readonly T[] => pointers.filter((pointer) => this.sees(pointer)).map((pointer) => ({ ...pointer, engine: this.engineOf(pointer) }));
    return {
      ...extras,
      ...(candidates && { candidates: seen(candidates) }),
      ...(blockingContainers && { blockingContainers: seen(blockingContainers) }),
      ...(blockingServices && { blockingServices: seen(blockingServices) }),
      ...(overlappingNetworks && { overlappingNetworks: seen(overlappingNetworks) }),
      ...(notRestored && { notRestored: notRestored.filter(({ container }) => this.sees(container)) }),
      ...(notTakenBack && { notTakenBack: notTakenBack.filter((left) => this.inventory.has(left.engine)) }),
      ...(holder && { holder: seen([holder])[0] ?? null }),
      ...(engine !== undefined && !this.inventory.has(engine) && { engine: undefined }),
    };
  }

  /** What is a swarm's is told by a manager, which may be hidden: then any engine of the swarm that shows will do. */
  private engineOf({ kind, id, engine }: ResourcePointer): string {
    if (this.inventory.has(engine)) return engine;
    const view = this.inventory.swarms().find((each) => IN_SWARM[kind]?.(each).some((resource) => resource.id === id));
    return view?.swarm.engines[0] ?? '';
  }

  private sees({ kind, id, engine }: ResourcePointer): boolean {
    const inSwarm = IN_SWARM[kind];
    if (inSwarm !== undefined) return this.inventory.swarms().some((view) => inSwarm(view).some((resource) => resource.id === id));
    if (!this.inventory.has(engine)) return false;
    if (kind === 'engine') return true;
    const { containerById, attachmentById } = this.inventory.snapshot(engine);
    if (kind === 'network') return this.inventory.network(engine, id) !== undefined;
    return kind === 'container' ? containerById.has(id) : attachmentById.has(id);
  }
}

function pointersOf(extras: ErrorExtras): readonly ResourcePointer[] {
  const { candidates = [], blockingContainers = [], blockingServices = [], overlappingNetworks = [], notRestored = [], holder } = extras;
  const single = holder ? [holder] : [];
  return [...single, ...candidates, ...blockingContainers, ...blockingServices, ...overlappingNetworks, ...notRestored.map(({ container }) => container)];
}

function enginesOf({ engine, notTakenBack = [] }: ErrorExtras): readonly string[] {
  return [...(engine === undefined ? [] : [engine]), ...notTakenBack.map((left) => left.engine)];
}
