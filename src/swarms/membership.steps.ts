import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { ObservedMembership } from '../docker/swarm.observed.js';
import type { JoinTokens } from '../docker/swarm.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { isPassing, type CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import type { SwarmNode, SwarmNodeRole } from '../resources/swarm.js';
import { MembershipTimings } from './membership.timings.js';
import type { SwarmMemberInput } from './swarm.inputs.js';

const MANAGER_PORT = 2377;

/** What a failed command has left of itself. */
export type LeftBehind = readonly { readonly engine: string; readonly reason: string }[];

/** Where a member is, as the engine wants to hear it. */
export function addressesOf({ advertiseAddress, listenAddress, dataPathAddress }: SwarmMemberInput) {
  return {
    advertiseAddress,
    listenAddress: atPort(listenAddress ?? advertiseAddress),
    ...(dataPathAddress === undefined ? {} : { dataPathAddress }),
  };
}

function atPort(address: string): string {
  return `${address.includes(':') ? `[${address}]` : address}:${MANAGER_PORT}`;
}

/** The steps by which engines get into a swarm and out of it, each on a session that holds the engine's membership. */
@Injectable()
export class MembershipSteps {
  private readonly logger = new Logger(MembershipSteps.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly commands: EngineCommands,
    private readonly timings: MembershipTimings,
  ) {}

  /**
   * A session on each of these engines, which holds the lock of its membership for as long as anything is owed to it. The
   * locks are taken in one order, and after those of swarms: two commands never wait for each other.
   */
  together<T>(engines: readonly string[], work: (sessionOn: (engine: string) => CommandSession) => Promise<T>): Promise<T> {
    const sessions = new Map<string, CommandSession>();
    const sessionOn = (engine: string): CommandSession => {
      const session = sessions.get(engine);
      if (session === undefined) throw new Error(`no session on engine ${engine}`);
      return session;
    };
    const open = async ([next, ...rest]: readonly string[]): Promise<T> => {
      if (next === undefined) return work(sessionOn);
      const lock: LockRequest = { key: lockKey.membership(next), mode: 'exclusive' };
      return this.commands.run(next, [lock], (session) => {
        sessions.set(next, session);
        return open(rest);
      });
    };
    return open([...engines].sort());
  }

  /** Asks an engine what it is. */
  look(engine: string): Promise<void> {
    return this.commands.run(engine, [], (session) => session.refreshEngine());
  }

  /** Asks a manager what its swarm is. Fails with `ENGINE_UNREACHABLE` where it cannot tell. */
  async lookAtSwarm(engine: string): Promise<void> {
    await this.look(engine);
    this.commands.requireControl(engine);
  }

  /** Fails with `ALREADY_IN_SWARM` unless the engine, asked now, is in no swarm. */
  async requireOutside(session: CommandSession): Promise<void> {
    await session.refreshEngine();
    const { engine } = session;
    if (this.membership(engine) === null) return;
    const detail = `Engine ${engine} is in a swarm already. Take it out of that one first.`;
    throw new DomainError('ALREADY_IN_SWARM', detail, { engine });
  }

  /** Puts an engine into a swarm; where that fails it is taken out again, since it would go on trying. */
  async join(session: CommandSession, member: SwarmMemberInput, manager: SwarmMemberInput | string, tokens: JoinTokens, role: SwarmNodeRole): Promise<void> {
    const managerAddresses = [typeof manager === 'string' ? manager : atPort(manager.advertiseAddress)];
    try {
      await session.act(({ swarm }) => swarm.join({ ...addressesOf(member), managerAddresses, token: tokens[role] }));
    } catch (error) {
      const isForeign = error instanceof DomainError && error.code === 'ALREADY_IN_SWARM';
      // Where it tried to join: nobody knows what it has been put into by the time it can be asked again.
      // One that is still trying is no node yet.
      const isOurs = (membership: ObservedMembership | null): boolean =>
        membership === null || membership.managerAddresses.some((address) => managerAddresses.includes(address));
      if (isForeign) throw error;
      throw withLeftBehind(error, await this.takeBack(session, `Engine ${member.engine} has not left`, () => this.leaveWhere(session, isOurs)));
    }
    await session.refreshEngine();
  }

  /** Takes an engine out of whatever swarm it is in. */
  async leave(session: CommandSession): Promise<void> {
    const { engine } = session;
    const node = this.membership(engine)?.nodeId;
    await session.takeAway(() => this.leaveNode(session, node));
    // What is owed is done when the engine is back.
    if (session.isUnsettled) throw new DomainError('ENGINE_UNREACHABLE', `Engine ${engine} went away before it had left the swarm.`, { engine });
    if (node === undefined || this.membership(engine)?.nodeId !== node) return;
    throw new DomainError('ENGINE_ERROR', `Engine ${engine} did not leave the swarm; the service's log says why.`, { engine });
  }

  /** Takes an engine out of its swarm while it is this node there. */
  leaveNode(session: CommandSession, nodeId: string | undefined): Promise<void> {
    return this.leaveWhere(session, (membership) => membership !== null && membership.nodeId === nodeId);
  }

  /** Takes an engine out of the swarm that it was told to make at this address, of which no more is known. */
  leaveMade(session: CommandSession, advertiseAddress: string): Promise<void> {
    const own = atPort(advertiseAddress);
    return this.leaveWhere(session, (membership) => {
      const made = this.inventory.picture(session.engine).swarm;
      // One that is still being made has no node yet; what somebody has put to use meanwhile is not ours to end.
      const isBare = made === null || (made.nodes.length <= 1 && made.services.length === 0);
      return membership === null || (isBare && membership.managerAddresses.every((address) => address === own));
    });
  }

  /** Takes an engine out of the swarm that it is in by then, if that is the one that is meant. */
  private async leaveWhere(session: CommandSession, isMeant: (membership: ObservedMembership | null) => boolean): Promise<void> {
    await session.refreshEngine();
    if (!isMeant(this.membership(session.engine))) return;
    await session.gateway.swarm.leave({ force: true });
    await session.refreshEngine();
    // The swarm's networks vanish without an event (engine-facts 5).
    for (const { id } of this.inventory.picture(session.engine).swarmNetworks()) await session.refreshNetwork(id);
  }

  membership(engine: string): ObservedMembership | null {
    return this.inventory.picture(engine).observed?.membership ?? null;
  }

  /** Takes one step of a failed command back, at the latest when the engine can be asked again. Answers what it leaves now. */
  async takeBack(session: CommandSession, what: string, work: () => Promise<void>): Promise<LeftBehind> {
    try {
      await work();
      return [];
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not-found') return [];
      this.logger.warn(`${what}, on engine ${session.engine}: ${String(error)}`);
      const why = error instanceof DomainError ? error.detail : 'The log of the service says why.';
      if (!isPassing(error)) return [{ engine: session.engine, reason: `${what}: ${why}` }];
      session.owe(work);
      return [{ engine: session.engine, reason: `${what} yet, and will be undone as soon as it can: ${why}` }];
    }
  }

  /** Waits until the swarm knows these engines as ready nodes. Answers what is to be known of their addresses. */
  async untilReady(session: CommandSession, members: readonly SwarmMemberInput[]): Promise<string[]> {
    const { readyWithinMs } = this.timings;
    const lateAt = (): readonly SwarmMemberInput[] => {
      const nodes = this.nodesSeenBy(session.engine);
      return members.filter(({ engine }) => !nodes.some((node) => node.engine === engine && node.state === 'ready'));
    };
    const isReady = await this.until(readyWithinMs, async () => {
      await session.refreshEngine();
      return lateAt().length === 0;
    });
    if (isReady) return addressWarnings(members, this.nodesSeenBy(session.engine));
    const names = lateAt().map(({ engine }) => engine).join(', ');
    throw new DomainError('ENGINE_TIMEOUT', `Engine ${names} joined, but the swarm did not find it ready within ${readyWithinMs / 1000} s.`);
  }

  /** Waits until a node is what it was made. Answers whether it became that in time. */
  untilRole(session: CommandSession, { id, engine }: SwarmNode, role: SwarmNodeRole): Promise<boolean> {
    return this.until(this.timings.roleWithinMs, async () => {
      await session.refreshEngine();
      const node = this.nodesSeenBy(session.engine).find((each) => each.id === id);
      const isSaid = role === 'manager' ? node?.reachability === 'reachable' : node?.managerAddress === null;
      // One that was made a worker tells nothing of the swarm any more.
      if (!isSaid && engine !== session.engine) return false;
      if (engine === null || this.inventory.picture(engine).state !== 'connected') return isSaid;
      await this.look(engine);
      return this.inventory.picture(engine).observed?.swarmRole === role;
    });
  }

  private nodesSeenBy(engine: string): readonly SwarmNode[] {
    return this.inventory.swarmOf(engine)?.nodes ?? [];
  }

  private async until(withinMs: number, holds: () => Promise<boolean>): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      if (await holds()) return true;
      if (performance.now() > deadline) return false;
      await delay(this.timings.lookEveryMs);
    }
  }
}

/** Engines take any address to be theirs, and overlay traffic is sent there. */
function addressWarnings(members: readonly SwarmMemberInput[], nodes: readonly { engine: string | null; address: string | null }[]): string[] {
  return members.flatMap(({ engine, advertiseAddress }) => {
    const seen = nodes.find((node) => node.engine === engine)?.address ?? null;
    if (seen === null || seen === advertiseAddress || seen === '0.0.0.0') return [];
    return [`Engine ${engine} advertises ${advertiseAddress}, but reaches its manager from ${seen}: overlay traffic goes to the former.`];
  });
}

/** The failure as the caller is to be told it, with what could not be taken back. */
export function withLeftBehind(error: unknown, left: LeftBehind): unknown {
  if (left.length === 0 || !(error instanceof DomainError)) return error;
  return new DomainError(error.code, error.detail, { ...error.extras, notTakenBack: [...(error.extras.notTakenBack ?? []), ...left] }, { cause: error });
}
