import { Injectable } from '@nestjs/common';
import { attempt, type Finding } from '../inventory/attempt.js';
import { Inventory } from '../inventory/inventory.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import { MembershipSteps } from './membership.steps.js';
import { NodeCommands, type RemoveNodeOptions } from './node.commands.js';
import { SwarmCommands } from './swarm.commands.js';
import type { AddSwarmNodeInput, FormSwarmInput, UpdateSwarmNodeInput } from './swarm.inputs.js';

/** Engines are given this long for joining and leaving, beside what others get. */
const GRACE_MS = 60_000;

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
      begin: () => ({ swarmId: this.references.only(input.swarm).swarm.id, engine: this.inventory.picture(input.engine).engine }),
      act: ({ swarmId }) => this.nodes.add(swarmId, input, options),
      inspect: async ({ swarmId, engine }) => {
        await this.steps.look(engine);
        const node = await this.look(swarmId, (all) => all.find((each) => each.engine === engine));
        return node === undefined ? { is: 'undone', detail: `Engine ${engine} is not in the swarm.` } : done(node);
      },
    });
  }

  update(ref: string, input: UpdateSwarmNodeInput, options: WriteOptions): Promise<Outcome<SwarmNode>> {
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => this.identify(ref),
      act: ({ id }) => this.nodes.update(this.references.node(id), input, options),
      inspect: async ({ swarmId, id }) => {
        const node = await this.look(swarmId, (all) => all.find((each) => each.id === id));
        const { availability = node?.availability, role = node?.role } = input;
        const isSo = node !== undefined && node.availability === availability && node.role === role;
        return isSo ? done(node) : { is: 'undone', detail: 'The node is not as it was to be.' };
      },
    });
  }

  remove(ref: string, options: RemoveNodeOptions): Promise<Outcome<SwarmNode>> {
    return attempt({
      dryRun: options.dryRun,
      graceMs: GRACE_MS,
      begin: () => ({ ...this.identify(ref), node: this.references.node(ref).resource }),
      act: ({ id }) => this.nodes.remove(this.references.node(id), options),
      inspect: async ({ swarmId, id, node }) => {
        const isThere = await this.look(swarmId, (all) => all.some((each) => each.id === id));
        return isThere ? { is: 'undone', detail: 'The node is in the swarm still.' } : done(node);
      },
    });
  }

  private identify(ref: string): { swarmId: string; id: string } {
    const { view, resource } = this.references.node(ref);
    return { swarmId: view.swarm.id, id: resource.id };
  }

  /** Looks at the nodes of a swarm anew. A swarm that has ended has none. */
  private async look<T>(swarmId: string, find: (nodes: readonly SwarmNode[]) => T): Promise<T> {
    const standing = this.inventory.swarms().find(({ swarm }) => swarm.id === swarmId);
    if (standing !== undefined) await this.steps.lookAtSwarm(standing.group.speaker);
    return find(this.inventory.swarms().find(({ swarm }) => swarm.id === swarmId)?.nodes ?? []);
  }
}

function done<T>(resource: T): { readonly is: 'done'; readonly answer: Outcome<T> } {
  return { is: 'done', answer: { resource, changed: true, warnings: [] } };
}
