import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { EngineKeeping } from './engine-keeping.js';
import { EngineProbe } from './engine-probe.js';
import { EngineVault } from './engine-vault.js';
import { EnginesController } from './engines.controller.js';
import { EnginesRepository } from './engines.repository.js';
import { EnginesResolver } from './engines.resolver.js';
import { EnginesService } from './engines.service.js';
import { KeptEngines } from './kept-engines.js';

const providers = [EngineKeeping, EngineProbe, EngineVault, EnginesRepository, EnginesResolver, EnginesService, KeptEngines];

@Module({ imports: [EventLogModule, SecretsModule], controllers: [EnginesController], providers })
export class EnginesModule {}
