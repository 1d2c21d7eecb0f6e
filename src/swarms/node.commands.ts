import { Injectable } from '@nestjs/common';
import type { ObservedNode } from '../docker/swarm.observed.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { SwarmReferences, type InSwarm } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import type { SwarmNode } from '../resources/swarm.js';
import { MembershipSteps } from './membership.steps.js';
import type { AddSwarmNodeInput, UpdateSwarmNodeInput } from './swarm.inputs.js';

export interface RemoveNodeOptions extends WriteOptions {
  /** Although its engine cannot be asked to leave, or the swarm ends with it. */
  readonly force?: boolean;
}

/** Adding nodes to a swarm, changing them and taking them out. */
@Injectable()
export class NodeCommands {
  constructor(
    private readonly inventory: Inventory,
    private readonly references: SwarmReferences,
    private readonly commands: EngineCommands,
    private readonly steps: MembershipSteps,
  ) {}

  async add(view: SwarmView, input: AddSwarmNodeInput, { dryRun }: WriteOptions): Promise<Outcome<SwarmNode>> {
    const { engine, role = 'worker' } = input;
    this.commands.requireConnected(engine);
    return this.locked(view, engine, async (session) => {
      await this.steps.requireOutside(engine);
      if (dryRun) return { resource: wouldBe(view, input), changed: false, warnings: [] };
      const tokens = await session.gateway.swarm.joinTokens();
      await this.steps.join(input, managerAddress(view), tokens, role);
      try {
        const warnings = await this.steps.untilReady(session, [input]);
        return { resource: this.references.node(engine).resource, changed: true, warnings };
      } catch (error) {
        await this.steps.leave(engine);
        throw error;
      }
    });
  }

  async update(found: InSwarm<SwarmNode>, input: UpdateSwarmNodeInput, { dryRun, ifMatch }: WriteOptions): Promise<Outcome<SwarmNode>> {
    return this.locked(found.view, found.resource.engine ?? found.resource.id, async (session) => {
      await session.refreshEngine();
      const { resource: standing } = this.references.node(found.resource.id);
      requireMatch(ifMatch, standing);
      const { availability = standing.availability, role = standing.role } = input;
      const isSame = availability === standing.availability && role === standing.role;
      if (dryRun || isSame) return { resource: { ...standing, availability, role }, changed: false, warnings: [] };
      await session.act(({ swarm }) => swarm.updateNode(standing.id, { availability, role }));
      await session.refreshEngine();
      return { resource: this.references.node(standing.id).resource, changed: true, warnings: [] };
    });
  }

  async remove(found: InSwarm<SwarmNode>, { force = false, dryRun, ifMatch }: RemoveNodeOptions): Promise<Outcome<SwarmNode>> {
    const { view, resource: node } = found;
    return this.locked(view, node.engine ?? node.id, async (session) => {
      await session.refreshEngine();
      const { resource: standing } = this.references.node(node.id);
      requireMatch(ifMatch, standing);
      const canBeAsked = standing.engine !== null && this.inventory.picture(standing.engine).state === 'connected';
      this.check(standing, view, { force, canBeAsked });
      if (dryRun) return { resource: standing, changed: false, warnings: [] };
      if (standing.engine === session.engine) {
        // With its only manager the swarm ends.
        await session.act(({ swarm }) => swarm.leave({ force: true }));
        await session.refreshEngine();
        return { resource: standing, changed: true, warnings: [] };
      }
      const warnings = await this.takeOut(session, standing, canBeAsked);
      return { resource: standing, changed: true, warnings };
    });
  }

  private check(node: SwarmNode, view: SwarmView, { force, canBeAsked }: { force: boolean; canBeAsked: boolean }): void {
    const extras = node.engine === null ? {} : { engine: node.engine };
    const name = node.engine ?? node.name;
    if (!canBeAsked && node.state !== 'down' && !force) {
      const detail = `Node ${name} is ${node.state}, and its engine cannot be asked to leave. Repeat with force=true.`;
      throw new DomainError('NODE_STATE', detail, extras);
    }
    if (node.role === 'worker') return;
    if (view.nodes.filter(({ role }) => role === 'manager').length > 1) {
      const detail = `Node ${name} is a manager. Make it a worker first (role: worker), so that the others agree to it.`;
      throw new DomainError('NODE_STATE', detail, extras);
    }
    if (force) return;
    const detail = `Node ${name} is the only manager: with it the swarm ends, with all its services and networks. Repeat with force=true.`;
    throw new DomainError('NODE_STATE', detail, extras);
  }

  private async takeOut(session: CommandSession, node: SwarmNode, canBeAsked: boolean): Promise<string[]> {
    const warnings: string[] = [];
    if (canBeAsked) {
      // Its tasks begin to move before it is gone.
      await session.act(({ swarm }) => swarm.updateNode(node.id, { availability: 'drain' }));
      await this.steps.leave(node.engine ?? '');
    } else if (node.engine !== null) {
      warnings.push(`Engine ${node.engine} was not asked: when it is back it takes itself for a node still, and must leave by itself.`);
    }
    // It has left, or was given up: that the swarm has not noticed yet is no reason to keep it.
    await session.act(({ swarm }) => swarm.removeNode(node.id, { force: true }));
    await session.refreshEngine();
    return warnings;
  }

  private locked<T>(view: SwarmView, engine: string, work: (session: CommandSession) => Promise<T>): Promise<T> {
    const { speaker } = view.group;
    const keys = [...new Set([speaker, engine])];
    return this.commands.run(speaker, keys.map((key) => ({ key: lockKey.membership(key), mode: 'exclusive' })), work);
  }
}

/** Where a node that joins finds a manager that we follow. */
function managerAddress({ group }: SwarmView): string {
  const node: ObservedNode | undefined = group.nodeOfEngine.get(group.speaker);
  if (node?.managerAddress) return node.managerAddress;
  throw new DomainError('NOT_SWARM_MANAGER', `The swarm does not tell where its manager ${group.speaker} is to be reached.`);
}

/** What adding would make, as far as it can be known beforehand. */
function wouldBe({ swarm }: SwarmView, { engine, role = 'worker', advertiseAddress }: AddSwarmNodeInput): SwarmNode {
  const now = new Date().toISOString();
  return {
    id: DRY_RUN_ID,
    swarmId: swarm.id,
    name: engine,
    engine,
    role,
    leader: false,
    reachability: null,
    availability: 'active',
    state: 'unknown',
    message: null,
    address: advertiseAddress,
    managerAddress: null,
    engineVersion: null,
    labels: {},
    taskCount: 0,
    createdAt: now,
    updatedAt: now,
  };
}
