import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import type { Service, Swarm, SwarmNode, Task } from '../resources/swarm.js';
import { Inventory } from './inventory.js';
import type { SwarmView } from './swarm.view.js';
import { VisibleInventory } from './visible-inventory.js';

/** A resource together with the swarm that it is in. */
export interface InSwarm<T> {
  readonly view: SwarmView;
  readonly resource: T;
}

interface Kind<T> {
  readonly kind: 'swarm' | 'node' | 'service' | 'task';
  readonly notFound: ErrorCode;
  all(view: SwarmView): readonly T[];
  namesOf(resource: T): readonly (string | null)[];
}

const SWARM: Kind<Swarm> = { kind: 'swarm', notFound: 'SWARM_NOT_FOUND', all: ({ swarm }) => [swarm], namesOf: ({ engines }) => engines };
const NODE: Kind<SwarmNode> = {
  kind: 'node',
  notFound: 'NODE_NOT_FOUND',
  all: ({ nodes }) => nodes,
  // Host names repeat where several engines are on one machine: the name of the engine does not.
  namesOf: ({ engine, name }) => (engine === null ? [name] : [engine]),
};
const SERVICE: Kind<Service> = { kind: 'service', notFound: 'SERVICE_NOT_FOUND', all: ({ services }) => services, namesOf: ({ name }) => [name] };
const TASK: Kind<Task> = { kind: 'task', notFound: 'TASK_NOT_FOUND', all: ({ tasks }) => tasks, namesOf: ({ name }) => [name] };

const ID_PREFIX = /^[0-9a-z]{4,25}$/;

/** Finds what a reference to something of a swarm means: full id, then exact name, then unique id prefix. */
@Injectable()
export class SwarmReferences {
  constructor(
    private readonly inventory: VisibleInventory,
    private readonly pictures: Inventory,
  ) {}

  /** By its id, or by the name of any engine in it. */
  swarm(ref: string): InSwarm<Swarm> {
    return this.resolve(SWARM, ref);
  }

  /** The swarm that was named, or the only one. */
  only(ref: string | null | undefined): SwarmView {
    if (ref) return this.swarm(ref).view;
    const [only, ...others] = this.inventory.swarms();
    if (only !== undefined && others.length === 0) return only;
    if (only !== undefined) {
      throw DomainError.invalid('Several swarms are known: say in which one.', { field: 'swarm', message: 'is required' });
    }
    throw new DomainError('NOT_SWARM_MANAGER', 'None of the engines is a manager of a swarm. Form a swarm first.');
  }

  /** By its id, or the name of its engine; by its host name where it is none of ours. */
  node(ref: string): InSwarm<SwarmNode> {
    return this.resolve(NODE, ref);
  }

  service(ref: string): InSwarm<Service> {
    return this.resolve(SERVICE, ref);
  }

  task(ref: string): InSwarm<Task> {
    return this.resolve(TASK, ref);
  }

  private resolve<T extends { id: string }>(kind: Kind<T>, ref: string): InSwarm<T> {
    const all = this.inventory.swarms().flatMap((view) => kind.all(view).map((resource) => ({ view, resource })));
    const matches = firstOf(
      () => all.filter(({ resource }) => resource.id === ref),
      () => all.filter(({ resource }) => kind.namesOf(resource).includes(ref)),
      () => (ID_PREFIX.test(ref) ? all.filter(({ resource }) => resource.id.startsWith(ref)) : []),
    );
    const [match] = matches;
    if (match === undefined) throw this.missing(kind, ref);
    if (matches.length === 1) return match;
    throw new DomainError('AMBIGUOUS_REFERENCE', `"${ref}" matches ${matches.length} ${kind.kind}s. Use a full id.`, {
      candidates: matches.map(({ view, resource }) => ({
        kind: kind.kind,
        id: resource.id,
        name: kind.namesOf(resource)[0] ?? '',
        engine: view.group.speaker,
      })),
    });
  }

  /** Nothing found is only an answer where every engine that could tell of it has been seen. */
  private missing({ kind, notFound }: Pick<Kind<never>, 'kind' | 'notFound'>, ref: string): DomainError {
    const unseen = this.inventory.engineNames().filter((name) => this.pictures.picture(name).syncedAt === null);
    if (unseen.length > 0) {
      const names = unseen.join(', ');
      return new DomainError('ENGINE_UNREACHABLE', `The ${kind} "${ref}" may be known to engine ${names}, which has not been reached yet.`);
    }
    const silent = this.inventory.engineNames().find((name) => this.isSilent(name));
    if (silent !== undefined) {
      const detail = `The ${kind} "${ref}" may be known to engine ${silent}, a manager that cannot tell of its swarm now.`;
      return new DomainError('ENGINE_UNREACHABLE', detail, { engine: silent, engineMessage: this.pictures.picture(silent).swarmTrouble?.problem });
    }
    return new DomainError(notFound, `There is no ${kind} "${ref}" in a swarm of which a manager is known here.`);
  }

  /** A manager that has told nothing of its swarm since the service began. */
  private isSilent(engine: string): boolean {
    const { swarm, swarmTrouble } = this.pictures.picture(engine);
    return swarm === null && swarmTrouble !== null;
  }
}

function firstOf<T>(...ways: (() => readonly T[])[]): readonly T[] {
  for (const way of ways) {
    const found = way();
    if (found.length > 0) return found;
  }
  return [];
}
