import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import type { Swarm } from '../resources/swarm.js';
import { addressesOf, MembershipSteps } from './membership.steps.js';
import type { FormSwarmInput, SwarmMemberInput } from './swarm.inputs.js';

/** Forms a swarm from engines that are in none: all of them, or none. */
@Injectable()
export class SwarmCommands {
  private readonly logger = new Logger(SwarmCommands.name);

  constructor(
    private readonly references: SwarmReferences,
    private readonly commands: EngineCommands,
    private readonly steps: MembershipSteps,
  ) {}

  async form(input: FormSwarmInput, { dryRun }: WriteOptions): Promise<Outcome<Swarm>> {
    const members = [input.manager, ...(input.workers ?? [])];
    checkMembers(members);
    for (const { engine } of members) this.commands.requireConnected(engine);
    const locks = members.map(({ engine }): LockRequest => ({ key: lockKey.membership(engine), mode: 'exclusive' }));
    return this.commands.run(input.manager.engine, locks, async (session) => {
      await Promise.all(members.map(({ engine }) => this.steps.requireOutside(engine)));
      if (dryRun) return { resource: wouldBe(input), changed: false, warnings: [] };
      const warnings = await this.make(session, input);
      return { resource: this.references.swarm(session.engine).resource, changed: true, warnings };
    });
  }

  private async make(session: CommandSession, input: FormSwarmInput): Promise<string[]> {
    const { manager, workers = [], defaultAddressPools, subnetSize, dataPathPort } = input;
    const joined: SwarmMemberInput[] = [];
    try {
      await session.act(({ swarm }) =>
        swarm.init({
          ...addressesOf(manager),
          ...(defaultAddressPools === undefined ? {} : { defaultAddressPools }),
          ...(subnetSize === undefined ? {} : { subnetSize }),
          ...(dataPathPort === undefined ? {} : { dataPathPort }),
        }),
      );
    } catch (error) {
      // What the engine refused it did not do; a swarm that somebody else made meanwhile is none of ours to end.
      if (error instanceof DomainError && error.extras.outcome === 'unknown') await this.undo(session, []);
      throw error;
    }
    try {
      const tokens = await session.gateway.swarm.joinTokens();
      for (const worker of workers) {
        await this.steps.join(worker, manager, tokens, 'worker');
        joined.push(worker);
      }
      return await this.steps.untilReady(session, [manager, ...workers]);
    } catch (error) {
      await this.undo(session, joined);
      throw error;
    }
  }

  /** The engines are in no swarm then, as they were; one that cannot be asked now leaves when it is back. */
  private async undo(session: CommandSession, joined: readonly SwarmMemberInput[]): Promise<void> {
    for (const { engine } of joined) {
      await this.steps.leave(engine).catch((error: unknown) => {
        this.logger.warn(`Engine ${engine} did not leave the swarm that could not be formed: ${String(error)}`);
      });
    }
    await session.takeAway(() => session.gateway.swarm.leave({ force: true }));
    await session.refreshEngine().catch((error: unknown) => {
      this.logger.warn(`Engine ${session.engine} could not be looked at after its swarm was taken back: ${String(error)}`);
    });
  }
}

function checkMembers(members: readonly SwarmMemberInput[]): void {
  const engines = new Set<string>();
  const addresses = new Set<string>();
  for (const [index, { engine, advertiseAddress }] of members.entries()) {
    const at = index === 0 ? 'manager' : `workers[${index - 1}]`;
    if (engines.has(engine)) throw invalid(`${at}.engine`, `names ${engine} a second time`);
    if (addresses.has(advertiseAddress)) throw invalid(`${at}.advertiseAddress`, `is another member's, too`);
    engines.add(engine);
    addresses.add(advertiseAddress);
  }
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(`${field} ${message}.`, { field, message });
}

/** What forming would make, as far as it can be known beforehand. */
function wouldBe({ manager, workers = [], defaultAddressPools, subnetSize, dataPathPort }: FormSwarmInput): Swarm {
  const count = workers.length + 1;
  return {
    id: DRY_RUN_ID,
    engines: [manager.engine, ...workers.map(({ engine }) => engine)],
    managers: [manager.engine],
    nodeCount: count,
    readyNodeCount: count,
    serviceCount: 0,
    defaultAddressPools: defaultAddressPools ?? ['10.0.0.0/8'],
    subnetSize: subnetSize ?? 24,
    dataPathPort: dataPathPort ?? 4789,
    problem: null,
    staleSince: null,
    createdAt: new Date().toISOString(),
  };
}
