import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DockerodeGateway } from './dockerode.gateway.js';
import { GatewayRegistry } from './gateway-registry.js';

/** The way to every engine that the settings name. */
@Global()
@Module({
  providers: [
    {
      provide: GatewayRegistry,
      inject: [Settings],
      useFactory: ({ engines }: Settings) => new GatewayRegistry(engines.map((engine) => new DockerodeGateway(engine))),
    },
  ],
  exports: [GatewayRegistry],
})
export class DockerModule {}
