import { SwarmGateway } from '../../src/docker/swarm.gateway.js';
import { DomainError } from '../../src/errors/domain.error.js';

/** The swarm side of an engine that is in no swarm, and will not be. */
export class NoSwarm extends SwarmGateway {
  inspect = (): Promise<never> => refuse();
  init = (): Promise<never> => refuse();
  joinTokens = (): Promise<never> => refuse();
  join = (): Promise<never> => refuse();
  leave = (): Promise<never> => refuse();
  updateNode = (): Promise<never> => refuse();
  removeNode = (): Promise<never> => refuse();
  createService = (): Promise<never> => refuse();
  updateService = (): Promise<never> => refuse();
  removeService = (): Promise<never> => refuse();
}

async function refuse(): Promise<never> {
  throw new DomainError('NOT_SWARM_MANAGER', 'The simulated engine is in no swarm.');
}
