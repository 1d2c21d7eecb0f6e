import { Injectable } from '@nestjs/common';
import type { EngineSettings } from '../config/settings.js';
import type { DomainError } from '../errors/domain.error.js';
import type { DockerGateway } from './docker.gateway.js';
import { DockerodeGateway } from './dockerode.gateway.js';
import type { GatewayTimeouts } from './gateway-timeouts.js';

export interface GatewayOptions {
  readonly timeouts?: Partial<GatewayTimeouts>;
  /** Why the engine cannot be reached although it may be there; every call fails with it. */
  readonly obstacle?: DomainError;
}

/** Makes gateways to engines that become known while the service runs. */
@Injectable()
export class GatewayOpener {
  open(engine: EngineSettings, options: GatewayOptions = {}): DockerGateway {
    return new DockerodeGateway({ ...engine, ...options });
  }
}
