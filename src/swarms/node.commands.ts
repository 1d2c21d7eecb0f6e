import { Injectable, Logger } from '@nestjs/common';
import type { NodeChanges } from '../docker/swarm.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { SwarmReferences, type InSwarm } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import type { SwarmNode } from '../resources/swarm.js';
import { MembershipSteps } from './membership.steps.js';
import { NodeRemoval } from './node.removal.js';
import { requireDemotable, requireRemovable } from './quorum.rules.js';
import type { AddSwarmNodeInput, UpdateSwarmNodeInput } from './swarm.inputs.js';

export interface RemoveNodeOptions extends WriteOptions {
  /** Although its engine cannot be asked to leave, or the swarm ends with it, or has too few managers then. */
  readonly force?: boolean;
}

interface Change {
  readonly swarmId: string;
  /** The engine of the node that is changed: another manager is better asked. */
  readonly engine: string | null;
  /** What an engine can do by itself is done without its swarm, too. */
  readonly needsControl?: boolean;
}

/** Adding nodes to a swarm, changing them and taking them out: one such change of a swarm at a time. */
@Injectable()
export class NodeCommands {
  private readonly logger = new Logger(NodeCommands.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly references: SwarmReferences,
    private readonly commands: EngineCommands,
    private readonly steps: MembershipSteps,
    private readonly removal: NodeRemoval,
  ) {}

  async add(swarmId: string, input: AddSwarmNodeInput, { dryRun }: WriteOptions): Promise<Outcome<SwarmNode>> {
    const { engine, role = 'worker' } = input;
    this.commands.requireConnected(engine);
    return this.changing({ swarmId, engine }, (session, view) =>
      this.steps.together([engine], async (sessionOn) => {
        const guest = sessionOn(engine);
        await this.steps.requireOutside(guest);
        if (dryRun) return { resource: wouldBe(view, input), changed: false, warnings: [] };
        const known = new Set(view.nodes.map(({ id }) => id));
        const tokens = await session.gateway.swarm.joinTokens();
        try {
          await this.steps.join(guest, input, managerAddress(view, session.engine), tokens, role);
          const warnings = await this.steps.untilReady(session, [input]);
          return { resource: this.references.node(engine).resource, changed: true, warnings };
        } catch (error) {
          const isIt = ({ id, address }: SwarmNode): boolean => !known.has(id) && address === input.advertiseAddress;
          throw await this.removal.undo(session, guest, error, isIt);
        }
      }),
    );
  }

  async update({ view, resource }: InSwarm<SwarmNode>, input: UpdateSwarmNodeInput, { dryRun, ifMatch }: WriteOptions): Promise<Outcome<SwarmNode>> {
    const { id, engine } = resource;
    return this.changing({ swarmId: view.swarm.id, engine }, async (session, { nodes }) => {
      const { resource: standing } = this.references.node(id);
      requireMatch(ifMatch, standing);
      const { availability = standing.availability, role = standing.role } = input;
      const wanted = { ...standing, availability, role };
      if (availability === standing.availability && role === standing.role) return { resource: wanted, changed: false, warnings: [] };
      if (role === 'worker' && standing.role === 'manager') requireDemotable(standing, nodes);
      if (dryRun) return { resource: wanted, changed: false, warnings: [] };
      await session.act(({ swarm }) => swarm.updateNode(id, changesOf(input)));
      const isInTime = role === standing.role || (await this.steps.untilRole(session, standing, role));
      await session.refreshEngine();
      const warnings = isInTime ? [] : [`Node ${engine ?? resource.name} is to be a ${role}, but is none yet: it becomes one by itself.`];
      return { resource: this.find(id) ?? wanted, changed: true, warnings };
    });
  }

  async remove({ view, resource }: InSwarm<SwarmNode>, { force = false, dryRun, ifMatch }: RemoveNodeOptions): Promise<Outcome<SwarmNode>> {
    const { id, engine } = resource;
    const canBeAsked = (): boolean => engine !== null && this.inventory.picture(engine).state === 'connected';
    const needsControl = !(force && canBeAsked());
    return this.changing({ swarmId: view.swarm.id, engine, needsControl }, async (session, { nodes }) => {
      const { resource: standing } = this.references.node(id);
      requireMatch(ifMatch, standing);
      requireRemovable(standing, nodes, { force, canBeAsked: canBeAsked() });
      if (dryRun) return { resource: standing, changed: false, warnings: [] };
      const warnings = await this.removal.takeOut(session, standing, nodes, canBeAsked());
      return { resource: standing, changed: true, warnings };
    });
  }

  /** Undefined where nobody who is known tells of it any more. */
  private find(id: string): SwarmNode | undefined {
    return this.inventory.swarms().flatMap(({ nodes }) => nodes).find((node) => node.id === id);
  }

  /** Asks a manager, under the lock of the swarm's members and after a look at them: what was counted before may be old. */
  private async changing<T>(change: Change, work: (session: CommandSession, view: SwarmView) => Promise<T>): Promise<T> {
    const { swarmId, engine, needsControl = true } = change;
    const asked = await this.managerFor(swarmId, engine);
    const requireControl = (): void => {
      if (needsControl) this.commands.requireControl(asked);
    };
    requireControl();
    const lock: LockRequest = { key: lockKey.members(swarmId), mode: 'exclusive' };
    const outcome = await this.commands.run(asked, [lock], async (session) => {
      await session.refreshEngine();
      const { view } = this.references.swarm(swarmId);
      // A command before this one may have made it a worker.
      if (!view.group.managers.includes(asked)) return undefined;
      requireControl();
      return { answer: await work(session, view) };
    });
    return outcome === undefined ? this.changing(change, work) : outcome.answer;
  }

  private async managerFor(swarmId: string, engine: string | null): Promise<string> {
    const { group } = this.references.swarm(swarmId).view;
    const others = group.managers.filter((name) => name !== engine && this.inventory.picture(name).state === 'connected');
    const isAble = (name: string): boolean => this.inventory.has(name) && this.inventory.picture(name).swarmTrouble === null;
    // Where the node's own engine alone could tell when last asked: another may be able to again, and can see the change through.
    if (group.trouble === null && !others.some(isAble)) await this.lookAtAll(others);
    return others.find(isAble) ?? group.speaker;
  }

  /** One that has just gone is no better choice; the speaker can do it still. */
  private async lookAtAll(engines: readonly string[]): Promise<void> {
    const looks = await Promise.allSettled(engines.map((name) => this.steps.look(name)));
    for (const look of looks) if (look.status === 'rejected') this.logger.debug(`A manager could not be asked: ${String(look.reason)}`);
  }
}

/** What others change of a node meanwhile is theirs. */
function changesOf({ availability, role }: UpdateSwarmNodeInput): NodeChanges {
  return { ...(availability !== undefined && { availability }), ...(role !== undefined && { role }) };
}

/** Where a node that joins finds a manager that we follow. */
function managerAddress({ group }: SwarmView, manager: string): string {
  const address = group.nodeOfEngine.get(manager)?.managerAddress;
  if (address) return address;
  throw new DomainError('NOT_SWARM_MANAGER', `The swarm does not tell where its manager ${manager} is to be reached.`);
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
