import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DockerodeGateway } from './dockerode.gateway.js';
import { reachOf } from './engine-reach.js';
import { GatewayOpener } from './gateway-opener.js';
import { GatewayRegistry } from './gateway-registry.js';

/** The way to every engine: at first those that the settings name. */
@Global()
@Module({
  providers: [
    GatewayOpener,
    {
      provide: GatewayRegistry,
      inject: [Settings],
      useFactory: ({ engines }: Settings) =>
        new GatewayRegistry(
          engines.map((engine) => ({ gateway: new DockerodeGateway(engine), reach: reachOf(engine, 'settings') })),
        ),
    },
  ],
  exports: [GatewayOpener, GatewayRegistry],
})
export class DockerModule {}
