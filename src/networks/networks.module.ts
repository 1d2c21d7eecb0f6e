import { Module } from '@nestjs/common';
import { NetworkAttempts } from './network.attempts.js';
import { NetworkCommands } from './network.commands.js';
import { NetworkElsewhere } from './network.elsewhere.js';
import { PutBack } from './network.put-back.js';
import { NetworksController } from './networks.controller.js';
import { NetworksResolver } from './networks.resolver.js';
import { NetworksService } from './networks.service.js';

@Module({
  controllers: [NetworksController],
  providers: [NetworksService, NetworkAttempts, NetworkCommands, NetworkElsewhere, PutBack, NetworksResolver],
  exports: [NetworksService],
})
export class NetworksModule {}
