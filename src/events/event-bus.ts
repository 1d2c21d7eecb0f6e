import { EventEmitter } from 'node:events';

interface BusMessages {
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
