import { DomainError } from '../errors/domain.error.js';
import type { DockerGateway } from './docker.gateway.js';

/** The gateways of all engines that the service was set up with, by the engines' names. */
export class GatewayRegistry {
  private readonly gateways: ReadonlyMap<string, DockerGateway>;

  constructor(gateways: readonly DockerGateway[]) {
    this.gateways = new Map(gateways.map((gateway) => [gateway.engine, gateway]));
  }

  all(): readonly DockerGateway[] {
    return [...this.gateways.values()];
  }

  get(engine: string): DockerGateway {
    const gateway = this.gateways.get(engine);
    if (gateway === undefined) throw new DomainError('ENGINE_NOT_FOUND', `There is no engine "${engine}".`);
    return gateway;
  }
}
