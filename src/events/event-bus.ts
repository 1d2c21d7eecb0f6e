import { EventEmitter } from 'node:events';
import type { ObservedChange } from './event.js';

interface BusMessages {
  /** Changes of one engine in the order in which they are to be told. */
  changes: [changes: readonly ObservedChange[]];
  /** The picture of an engine moved on; who cares looks at it. */
  'picture-changed': [engine: string];
}

/** In-process messages between rooms, delivered at once and in order. A listener must not throw. */
export class EventBus extends EventEmitter<BusMessages> {
  constructor() {
    super();
    this.setMaxListeners(0);
  }
}
