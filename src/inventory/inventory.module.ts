import { Global, Module } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { EngineCommands } from './engine-commands.js';
import { Inventory } from './inventory.js';
import { ObjectLocks } from './object-locks.js';
import { References } from './references.js';
import { Refresher } from './refresher.js';

/** The picture, and the way to read it and to change what it shows. Every room may use it. */
@Global()
@Module({
  providers: [EventBus, Inventory, References, ObjectLocks, Refresher, EngineCommands],
  exports: [EventBus, Inventory, References, Refresher, EngineCommands],
})
export class InventoryModule {}
