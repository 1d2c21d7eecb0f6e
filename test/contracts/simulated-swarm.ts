import { SwarmGateway } from '../../src/docker/swarm.gateway.js';
import type { ObservedSwarm } from '../../src/docker/swarm.observed.js';
import { DomainError } from '../../src/errors/domain.error.js';

type Call = <T>(operation: string, work: () => T) => Promise<T>;

/** The swarm side of an engine that is in no swarm, or a manager that only tells. */
export class SimulatedSwarm extends SwarmGateway {
  /** What it tells; null in no swarm. */
  told: ObservedSwarm | null = null;
  /** The node that the engine is in a swarm. */
  nodeId: string | null = null;

  constructor(private readonly call: Call) {
    super();
  }

  inspect = (): Promise<ObservedSwarm> => this.call('inspectSwarm', () => this.told ?? refused());
  // What follows is for a test to make something of.
  init: SwarmGateway['init'] = refuse;
  joinTokens: SwarmGateway['joinTokens'] = refuse;
  join: SwarmGateway['join'] = refuse;
  leave: SwarmGateway['leave'] = refuse;
  updateNode: SwarmGateway['updateNode'] = refuse;
  removeNode: SwarmGateway['removeNode'] = refuse;
  createService = (): Promise<never> => refuse();
  updateService: SwarmGateway['updateService'] = refuse;
  removeService = (): Promise<never> => refuse();
}

function refused(): never {
  throw new DomainError('NOT_SWARM_MANAGER', 'The simulated engine is in no swarm.');
}

async function refuse(): Promise<never> {
  return refused();
}
