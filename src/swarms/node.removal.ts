import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { Inventory } from '../inventory/inventory.js';
import type { SwarmNode } from '../resources/swarm.js';
import { MembershipSteps, withLeftBehind } from './membership.steps.js';
import { withoutManager } from './quorum.rules.js';

/** Takes nodes out of their swarm, on a session with a manager that holds the lock of its members. */
@Injectable()
export class NodeRemoval {
  constructor(
    private readonly inventory: Inventory,
    private readonly steps: MembershipSteps,
  ) {}

  /** Answers what the caller should know. A manager gives up its voice first, so that the others agree to go on without it. */
  async takeOut(session: CommandSession, node: SwarmNode, nodes: readonly SwarmNode[], canBeAsked: boolean): Promise<string[]> {
    const isAlone = node.role === 'manager' && withoutManager(node, nodes).others === 0;
    if (canBeAsked && (isAlone || !this.canAgree(session, node, nodes))) {
      await this.leave(node.engine);
      return isAlone ? [] : [`The swarm was not asked, and keeps a record of the node: too few of its managers are left to change anything.`];
    }
    if (node.role === 'manager') await this.demote(session, node);
    if (canBeAsked) await this.drainAndLeave(session, node);
    if (node.engine === session.engine) return this.forgetElsewhere(node);
    await this.forget(session, node);
    if (canBeAsked || node.engine === null) return [];
    return [`Engine ${node.engine} was not asked: when it is back it takes itself for a node still, and must leave by itself.`];
  }

  /**
   * Undoes a joining that has failed, whether or not the swarm has noted a node by then: `isIt` knows it, where its engine
   * cannot tell. Answers the failure, with what is left.
   */
  async undo(session: CommandSession, guest: CommandSession, failure: unknown, isIt: (node: SwarmNode) => boolean): Promise<unknown> {
    const { engine } = guest;
    const nodeId = this.steps.membership(engine)?.nodeId;
    const find = async (): Promise<SwarmNode | undefined> => {
      await session.refreshEngine();
      const nodes = this.inventory.swarmOf(session.engine)?.nodes ?? [];
      return nodes.find(({ id }) => id === nodeId) ?? nodes.find(isIt);
    };
    // Joining itself has tried to have it leave, and says so.
    const isTold = failure instanceof DomainError && (failure.extras.notTakenBack ?? []).some((told) => told.engine === engine);
    const left = [
      ...(await this.steps.takeBack(session, `Engine ${engine} is a manager still`, async () => {
        const node = await find();
        if (node?.role === 'manager') await this.demote(session, node);
      })),
      ...(isTold ? [] : await this.steps.takeBack(guest, `Engine ${engine} has not left`, () => this.steps.leaveNode(guest, nodeId))),
      ...(await this.steps.takeBack(session, `The swarm has not forgotten the node of engine ${engine}`, async () => {
        const node = await find();
        if (node === undefined) return;
        await session.gateway.swarm.removeNode(node.id, { force: true });
        await session.refreshEngine();
      })),
    ];
    if (left.length === 0 && !isTold) for (const each of [session, guest]) each.tookBack();
    return withLeftBehind(failure, left);
  }

  /** Its own engine was asked, which is a manager no more: another one may be there by now. */
  private async forgetElsewhere(node: SwarmNode): Promise<string[]> {
    const managers = this.inventory.swarms().find(({ swarm }) => swarm.id === node.swarmId)?.group.managers ?? [];
    const isAble = (name: string): boolean => this.inventory.picture(name).state === 'connected' && this.inventory.picture(name).swarmTrouble === null;
    const other = managers.find((name) => name !== node.engine && isAble(name));
    if (other === undefined) return ['The swarm keeps a record of the node, which is down: none of its other managers is an engine that can be asked here now.'];
    await this.steps.together([other], (sessionOn) => this.forget(sessionOn(other), node));
    return [];
  }

  /** It has left, or was given up: that the swarm has not noticed yet is no reason to keep it. */
  private async forget(session: CommandSession, node: SwarmNode): Promise<void> {
    await session.act(({ swarm }) => swarm.removeNode(node.id, { force: true }));
    await session.refreshEngine();
  }

  private canAgree({ engine }: CommandSession, node: SwarmNode, nodes: readonly SwarmNode[]): boolean {
    if (this.inventory.picture(engine).swarmTrouble !== null) return false;
    return node.role === 'worker' || withoutManager(node, nodes).keepsMajority;
  }

  private async demote(session: CommandSession, node: SwarmNode): Promise<void> {
    await session.act(({ swarm }) => swarm.updateNode(node.id, { role: 'worker' }));
    if (await this.steps.untilRole(session, node, 'worker')) return;
    const detail = `Node ${node.engine ?? node.name} was made a worker, but is a manager still. Repeat it later.`;
    throw new DomainError('ENGINE_TIMEOUT', detail);
  }

  private async drainAndLeave(session: CommandSession, node: SwarmNode): Promise<void> {
    const { id, engine, role, availability } = node;
    const canDrain = engine !== session.engine;
    // Its tasks begin to move before it is gone.
    if (canDrain) await session.act(({ swarm }) => swarm.updateNode(id, { availability: 'drain' }));
    try {
      await this.leave(engine);
    } catch (error) {
      // One that went away leaves when it is back.
      if (!canDrain || (error instanceof DomainError && error.code === 'ENGINE_UNREACHABLE')) throw error;
      const what = `Node ${engine ?? id} is drained, or a worker`;
      throw withLeftBehind(error, await this.steps.takeBack(session, what, () => session.gateway.swarm.updateNode(id, { role, availability })));
    }
  }

  private leave(engine: string | null): Promise<void> {
    const name = engine ?? '';
    return this.steps.together([name], (sessionOn) => this.steps.leave(sessionOn(name)));
  }
}
