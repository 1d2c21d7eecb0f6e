import { Global, Module } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { AttachmentSteps } from './attachment-steps.js';
import { CommandTraces } from './command-traces.js';
import { CommandTracesRepository } from './command-traces.repository.js';
import { EngineCommands } from './engine-commands.js';
import { ExpectedEvents } from './expected-events.js';
import { Inventory } from './inventory.js';
import { Lister } from './listing.js';
import { ObjectLocks } from './object-locks.js';
import { References } from './references.js';
import { ResourceFollower } from './resource-follower.js';
import { Refresher } from './refresher.js';
import { SwarmReferences } from './swarm-references.js';
import { VisibleErrors } from './visible-errors.js';
import { VisibleInventory } from './visible-inventory.js';

/** The picture, and the way to read it and to change what it shows. Every room may use it. */
@Global()
@Module({
  providers: [
    AttachmentSteps,
    CommandTraces,
    CommandTracesRepository,
    EngineCommands,
    EventBus,
    ExpectedEvents,
    Inventory,
    Lister,
    ObjectLocks,
    References,
    Refresher,
    ResourceFollower,
    SwarmReferences,
    VisibleErrors,
    VisibleInventory,
  ],
  exports: [AttachmentSteps, CommandTraces, EngineCommands, EventBus, ExpectedEvents, Inventory, Lister, References, Refresher, ResourceFollower, SwarmReferences, VisibleErrors, VisibleInventory],
})
export class InventoryModule {}
