import { Injectable } from '@nestjs/common';
import { labelTest, Lister, nameTest, type ListRequest } from '../inventory/listing.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { requireEveryLabel, requireWholeSwarm } from '../inventory/sight.rules.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import type { RemoveNodeOptions } from './node.commands.js';
import { SwarmAttempts } from './swarm.attempts.js';
import type { AddSwarmNodeInput, FormSwarmInput, UpdateSwarmNodeInput } from './swarm.inputs.js';

export interface NodeFilter {
  /** A reference. */
  readonly swarm?: string | null;
  readonly engine?: string | null;
  /** Exact, or with `*` for any text. */
  readonly name?: string | null;
  readonly role?: string | null;
  readonly state?: string | null;
  readonly availability?: string | null;
  /** `key` or `key=value` each; all must hold. */
  readonly label?: readonly string[] | null;
}

/** Swarms and their nodes: which there are. */
@Injectable()
export class SwarmsService {
  constructor(
    private readonly inventory: VisibleInventory,
    private readonly lister: Lister,
    private readonly references: SwarmReferences,
    private readonly attempts: SwarmAttempts,
  ) {}

  list(request: ListRequest): Listing<Swarm> {
    const source = { kind: 'swarms', sortable: ['id', 'createdAt', 'nodeCount', 'serviceCount'], defaultSort: 'id' };
    return this.lister.listAll(source, this.inventory.swarms().map(({ swarm }) => swarm), {}, request);
  }

  /** By its id, or the name of an engine in it. Fails with `SWARM_NOT_FOUND`. */
  get(ref: string): Swarm {
    return this.references.swarm(ref).resource;
  }

  listNodes(filter: NodeFilter, request: ListRequest): Listing<SwarmNode> {
    const views = filter.swarm ? [this.references.swarm(filter.swarm).view] : this.inventory.swarms();
    // Naming an engine that there is not is a mistake, not an empty answer.
    const engine = filter.engine ? this.inventory.requireEngine(filter.engine) : undefined;
    const hasName = filter.name ? nameTest(filter.name) : (): boolean => true;
    const hasLabels = labelTest(filter.label ?? []);
    const isWanted = (node: SwarmNode): boolean =>
      (engine === undefined || node.engine === engine) &&
      hasName(node.name) &&
      hasLabels(node.labels) &&
      (['role', 'state', 'availability'] as const).every((field) => !filter[field] || node[field] === filter[field]);
    const source = {
      kind: 'nodes',
      sortable: ['name', 'id', 'engine', 'role', 'state', 'availability', 'address', 'createdAt'],
      defaultSort: 'name',
    };
    return this.lister.listAll(source, views.flatMap(({ nodes }) => nodes).filter(isWanted), filter, request);
  }

  /** By its id, or the name of its engine. Fails with `NODE_NOT_FOUND`. */
  getNode(ref: string): SwarmNode {
    return this.references.node(ref).resource;
  }

  nodesOf(swarm: Pick<Swarm, 'id'>): readonly SwarmNode[] {
    return this.inventory.swarms().find((view) => view.swarm.id === swarm.id)?.nodes ?? [];
  }

  /** Forms a swarm from engines that are in none, or leaves them as they were. */
  async form(input: FormSwarmInput, options: WriteOptions): Promise<Outcome<Swarm>> {
    this.requireMembers([input.manager, ...(input.workers ?? [])]);
    return this.attempts.form(input, options);
  }

  /** Puts an engine into a swarm. */
  async addNode(input: AddSwarmNodeInput, options: WriteOptions): Promise<Outcome<SwarmNode>> {
    this.requireMembers([input]);
    requireWholeSwarm(this.references.only(input.swarm));
    return this.attempts.add(input, options);
  }

  async updateNode(ref: string, input: UpdateSwarmNodeInput, options: WriteOptions): Promise<Outcome<SwarmNode>> {
    this.requireChangeable(ref);
    return this.attempts.update(ref, input, options);
  }

  /** Takes a node out of its swarm: its engine leaves, and the swarm forgets it. */
  async removeNode(ref: string, options: RemoveNodeOptions): Promise<Outcome<SwarmNode>> {
    this.requireChangeable(ref);
    return this.attempts.remove(ref, options);
  }

  private requireMembers(members: readonly { readonly engine: string }[]): void {
    for (const { engine } of members) this.inventory.requireEngine(engine);
    requireEveryLabel('who is in a swarm');
  }

  private requireChangeable(ref: string): void {
    requireWholeSwarm(this.references.node(ref).view);
    requireEveryLabel('a node of a swarm');
  }

  /** The swarm that an engine is in, as far as it is known. */
  swarmOf(engine: string): Swarm | null {
    return this.inventory.swarmOf(engine)?.swarm ?? null;
  }

  /** The node that an engine is in its swarm. */
  nodeOf(engine: string): SwarmNode | null {
    return this.inventory.swarmOf(engine)?.nodes.find((node) => node.engine === engine) ?? null;
  }
}
