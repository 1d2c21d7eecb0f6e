import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ObservedMembership } from '../docker/swarm.observed.js';
import type { JoinTokens } from '../docker/swarm.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import type { SwarmNodeRole } from '../resources/swarm.js';
import type { SwarmMemberInput } from './swarm.inputs.js';

const MANAGER_PORT = 2377;
const LOOK_EVERY_MS = 100;
/** A node that joined is ready within a second or two; hosts that are busy take longer. */
const READY_WITHIN_MS = 30_000;

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

/** The steps by which engines get into a swarm and out of it; whoever calls holds the locks of their memberships. */
@Injectable()
export class MembershipSteps {
  constructor(
    private readonly inventory: Inventory,
    private readonly commands: EngineCommands,
  ) {}

  /** Fails with `ALREADY_IN_SWARM` unless the engine, asked now, is in no swarm. */
  async requireOutside(engine: string): Promise<void> {
    await this.on(engine, (session) => session.refreshEngine());
    if (this.membership(engine) === null) return;
    const detail = `Engine ${engine} is in a swarm already. Take it out of that one first.`;
    throw new DomainError('ALREADY_IN_SWARM', detail, { engine });
  }

  /** Puts an engine into a swarm; where that fails it is taken out again, since it would go on trying. */
  async join(member: SwarmMemberInput, manager: SwarmMemberInput | string, tokens: JoinTokens, role: SwarmNodeRole): Promise<void> {
    const managerAddresses = [typeof manager === 'string' ? manager : atPort(manager.advertiseAddress)];
    await this.on(member.engine, async (session) => {
      try {
        await session.act(({ swarm }) => swarm.join({ ...addressesOf(member), managerAddresses, token: tokens[role] }));
      } catch (error) {
        const isForeign = error instanceof DomainError && error.code === 'ALREADY_IN_SWARM';
        // Where it tried to join: nobody knows what it has been put into by the time it can be asked again.
        // One that is still trying is no node yet.
        const isOurs = (membership: ObservedMembership | null): boolean =>
          membership === null || membership.managerAddresses.some((address) => managerAddresses.includes(address));
        if (!isForeign) await session.takeAway(() => this.leaveWhere(session, isOurs));
        throw error;
      }
      await session.refreshEngine();
    });
  }

  /** Takes an engine out of whatever swarm it is in. */
  async leave(engine: string): Promise<void> {
    await this.on(engine, async (session) => {
      const node = this.membership(engine)?.nodeId;
      const isTheSame = (membership: ObservedMembership | null): boolean => membership !== null && membership.nodeId === node;
      await session.takeAway(() => this.leaveWhere(session, isTheSame));
      // What is owed is done when the engine is back.
      if (session.isUnsettled) throw new DomainError('ENGINE_UNREACHABLE', `Engine ${engine} went away before it had left the swarm.`, { engine });
      if (node === undefined || this.membership(engine)?.nodeId !== node) return;
      throw new DomainError('ENGINE_ERROR', `Engine ${engine} did not leave the swarm; the service's log says why.`, { engine });
    });
  }

  /** Takes an engine out of the swarm that it is in by then, if that is the one that is meant. */
  private async leaveWhere(session: CommandSession, isMeant: (membership: ObservedMembership | null) => boolean): Promise<void> {
    await session.refreshEngine();
    if (!isMeant(this.membership(session.engine))) return;
    await session.gateway.swarm.leave({ force: true });
    await session.refreshEngine();
  }

  private membership(engine: string): ObservedMembership | null {
    return this.inventory.picture(engine).observed?.membership ?? null;
  }

  /** Waits until the swarm knows these engines as ready nodes. Answers what is to be known of their addresses. */
  async untilReady(session: CommandSession, members: readonly SwarmMemberInput[]): Promise<string[]> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      await session.refreshEngine();
      const nodes = this.inventory.swarmOf(session.engine)?.nodes ?? [];
      const late = members.filter(({ engine }) => !nodes.some((node) => node.engine === engine && node.state === 'ready'));
      if (late.length === 0) return addressWarnings(members, nodes);
      if (performance.now() > deadline) {
        const names = late.map(({ engine }) => engine).join(', ');
        throw new DomainError('ENGINE_TIMEOUT', `Engine ${names} joined, but the swarm did not find it ready within ${READY_WITHIN_MS / 1000} s.`);
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  on<T>(engine: string, work: (session: CommandSession) => Promise<T>): Promise<T> {
    return this.commands.run(engine, [], work);
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
