import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { attempt, type Finding } from '../inventory/attempt.js';
import { Inventory } from '../inventory/inventory.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import { MembershipSteps } from './membership.steps.js';
import { NodeCommands, type RemoveNodeOptions } from './node.commands.js';
import { SwarmCommands } from './swarm.commands.js';
import type { AddSwarmNodeInput, FormSwarmInput, UpdateSwarmNodeInput } from './swarm.inputs.js';

/** Engines are given this long for joining and leaving, beside what others get. */
const GRACE_MS = 60_000;

/** The swarm that a write is about, and which nodes of it the engines were that told of it. Plain JSON. */
interface Basis {
  readonly swarmId: string;
  readonly managers: readonly { readonly engine: string; readonly nodeId: string | null }[];
}

/** Carries out what changes swarms and their nodes, or finds out what became of an earlier try. */
@Injectable()
export class SwarmAttempts {
  constructor(
    private readonly inventory: Inventory,
    private readonly references: SwarmReferences,
    private readonly swarms: SwarmCommands,
    private readonly nodes: NodeCommands,
    private readonly steps: MembershipSteps,
  ) {}

  form(input: FormSwarmInput, options: WriteOptions): Promise<Outcome<Swarm>> {
    const engines = [input.manager, ...(input.workers ?? [])].map(({ engine }) => this.inventory.picture(engine).engine);
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => ({ engines }),
      act: () => this.swarms.form(input, options),
      inspect: async (before): Promise<Finding<Outcome<Swarm>>> => {
        const [manager = ''] = before.engines;
        for (const engine of before.engines) await this.steps.look(engine);
        const swarm = this.inventory.swarmOf(manager)?.swarm;
        if (swarm !== undefined && before.engines.every((engine) => swarm.engines.includes(engine))) return done(swarm);
        const left = before.engines.filter((engine) => this.inventory.picture(engine).observed?.membership);
        const rest = left.length === 0 ? 'No engine is in a swarm.' : `Engine ${left.join(', ')} is in a swarm, and not all of them are.`;
        return { is: 'undone', detail: `The swarm was not formed. ${rest}` };
      },
    });
  }

  add(input: AddSwarmNodeInput, options: WriteOptions): Promise<Outcome<SwarmNode>> {
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => ({ ...basisOf(this.references.only(input.swarm)), engine: this.inventory.picture(input.engine).engine }),
      act: ({ swarmId }) => this.nodes.add(swarmId, input, options),
      inspect: async (basis) => {
        const { engine } = basis;
        await this.steps.look(engine);
        return this.look(basis, (nodes) => {
          const node = nodes.find((each) => each.engine === engine);
          return node === undefined ? { is: 'undone', detail: `Engine ${engine} is not in the swarm.` } : done(node);
        });
      },
    });
  }

  update(ref: string, input: UpdateSwarmNodeInput, options: WriteOptions): Promise<Outcome<SwarmNode>> {
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => this.identify(ref),
      act: ({ id }) => this.nodes.update(this.references.node(id), input, options),
      inspect: (basis) =>
        this.look(basis, (nodes) => {
          const node = nodes.find(({ id }) => id === basis.id);
          const { availability = node?.availability, role = node?.role } = input;
          const isSo = node !== undefined && node.availability === availability && node.role === role;
          return isSo ? done(node) : { is: 'undone', detail: 'The node is not as it was to be.' };
        }),
    });
  }

  remove(ref: string, options: RemoveNodeOptions): Promise<Outcome<SwarmNode>> {
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => ({ ...this.identify(ref), node: this.references.node(ref).resource }),
      act: ({ id }) => this.nodes.remove(this.references.node(id), options),
      inspect: (basis) =>
        this.look(basis, (nodes) => {
          const isThere = nodes.some(({ id }) => id === basis.id);
          return isThere ? { is: 'undone', detail: 'The node is in the swarm still.' } : done(basis.node);
        }),
    });
  }

  private identify(ref: string): Basis & { readonly id: string } {
    const { view, resource } = this.references.node(ref);
    return { ...basisOf(view), id: resource.id };
  }

  /**
   * What a look at the nodes of a swarm shows: one that has ended has none. Fails while an engine that may know it cannot
   * be asked; untold where those that knew it are looked after no longer, or tell of it no more.
   */
  private async look<T>({ swarmId, managers }: Basis, toFinding: (nodes: readonly SwarmNode[]) => Finding<T>): Promise<Finding<T>> {
    const standing = this.inventory.swarms().find(({ swarm }) => swarm.id === swarmId);
    if (standing !== undefined) await this.steps.lookAtSwarm(standing.group.speaker);
    try {
      return toFinding(this.references.swarm(swarmId).view.nodes);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'SWARM_NOT_FOUND') throw error;
    }
    const hasLeft = ({ engine, nodeId }: Basis['managers'][number]): boolean => {
      if (!this.inventory.has(engine)) return false;
      const membership = this.steps.membership(engine);
      return membership === null || (nodeId !== null && membership.nodeId !== nodeId);
    };
    if (managers.every(hasLeft)) return toFinding([]);
    return { is: 'untold', detail: 'None of the engines that are looked after tells of the swarm any more.' };
  }
}

function basisOf({ swarm, group }: SwarmView): Basis {
  const managers = group.managers.map((engine) => ({ engine, nodeId: group.nodeOfEngine.get(engine)?.id ?? null }));
  return { swarmId: swarm.id, managers };
}

function done<T>(resource: T): { readonly is: 'done'; readonly answer: Outcome<T> } {
  return { is: 'done', answer: { resource, changed: true, warnings: [] } };
}
