import { Injectable } from '@nestjs/common';
import type { InitSpec } from '../docker/swarm.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import type { Swarm } from '../resources/swarm.js';
import { addressesOf, MembershipSteps, withLeftBehind, type LeftBehind } from './membership.steps.js';
import type { FormSwarmInput, SwarmMemberInput } from './swarm.inputs.js';

/** Forms a swarm from engines that are in none: all of them, or none. */
@Injectable()
export class SwarmCommands {
  constructor(
    private readonly references: SwarmReferences,
    private readonly commands: EngineCommands,
    private readonly steps: MembershipSteps,
  ) {}

  async form(input: FormSwarmInput, { dryRun }: WriteOptions): Promise<Outcome<Swarm>> {
    const members = [input.manager, ...(input.workers ?? [])];
    checkMembers(members);
    for (const { engine } of members) this.commands.requireConnected(engine);
    const engines = members.map(({ engine }) => engine);
    return this.steps.together(engines, async (sessionOn) => {
      await Promise.all(engines.map((engine) => this.steps.requireOutside(sessionOn(engine))));
      if (dryRun) return { resource: wouldBe(input), changed: false, warnings: [] };
      const warnings = await this.make(input, sessionOn);
      return { resource: this.references.swarm(input.manager.engine).resource, changed: true, warnings };
    });
  }

  private async make(input: FormSwarmInput, sessionOn: (engine: string) => CommandSession): Promise<string[]> {
    const { manager, workers = [] } = input;
    const first = sessionOn(manager.engine);
    const joined: CommandSession[] = [];
    try {
      await first.act(({ swarm }) => swarm.init(initSpec(input)));
    } catch (error) {
      // What the engine refused it did not do; a swarm that somebody else made meanwhile is none of ours to end.
      if (error instanceof DomainError && error.extras.outcome === 'unknown') throw await this.undo([first], error, manager);
      throw error;
    }
    try {
      const tokens = await first.gateway.swarm.joinTokens();
      for (const worker of workers) {
        const session = sessionOn(worker.engine);
        await this.steps.join(session, worker, manager, tokens, 'worker');
        joined.push(session);
      }
      return await this.steps.untilReady(first, [manager, ...workers]);
    } catch (error) {
      throw await this.undo([...joined, first], error, manager);
    }
  }

  /** The engines are in no swarm then, as they were; one that cannot be asked now leaves when it is back. */
  private async undo(sessions: readonly CommandSession[], failure: unknown, { advertiseAddress }: SwarmMemberInput): Promise<unknown> {
    const left: LeftBehind[number][] = [];
    for (const session of sessions) {
      const { engine } = session;
      // Of one whose swarm is only just being made it is not known yet.
      const nodeId = this.steps.membership(engine)?.nodeId;
      const leave = (): Promise<void> =>
        nodeId === undefined ? this.steps.leaveMade(session, advertiseAddress) : this.steps.leaveNode(session, nodeId);
      left.push(...(await this.steps.takeBack(session, `Engine ${engine} has not left the swarm that could not be formed`, leave)));
    }
    if (left.length === 0) for (const session of sessions) session.tookBack();
    return withLeftBehind(failure, left);
  }
}

function initSpec({ manager, defaultAddressPools, subnetSize, dataPathPort }: FormSwarmInput): InitSpec {
  return {
    ...addressesOf(manager),
    ...(defaultAddressPools === undefined ? {} : { defaultAddressPools }),
    ...(subnetSize === undefined ? {} : { subnetSize }),
    ...(dataPathPort === undefined ? {} : { dataPathPort }),
  };
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
