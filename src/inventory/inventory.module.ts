import { Global, Module } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { EngineCommands } from './engine-commands.js';
import { Inventory } from './inventory.js';
import { Lister } from './listing.js';
import { ObjectLocks } from './object-locks.js';
import { References } from './references.js';
import { ResourceFollower } from './resource-follower.js';
import { Refresher } from './refresher.js';

/** The picture, and the way to read it and to change what it shows. Every room may use it. */
@Global()
@Module({
  providers: [EventBus, Inventory, Lister, References, ObjectLocks, Refresher, ResourceFollower, EngineCommands],
  exports: [EventBus, Inventory, Lister, References, Refresher, ResourceFollower, EngineCommands],
})
export class InventoryModule {}
