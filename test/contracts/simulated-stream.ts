import type { EngineEventStream } from '../../src/docker/docker.gateway.js';
import type { EngineEvent } from '../../src/docker/observed.js';

/** The event stream of an engine in memory. */
export class SimulatedStream implements EngineEventStream {
  endReason: string | null = null;
  private readonly queue: EngineEvent[] = [];
  private arrival = Promise.withResolvers<void>();

  constructor(private readonly onClose: () => void) {}

  push(event: EngineEvent): void {
    this.queue.push(event);
    this.arrival.resolve();
  }

  close(): void {
    this.endReason ??= 'it was closed';
    this.onClose();
    this.arrival.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EngineEvent, void> {
    while (this.endReason === null) {
      yield* this.queue.splice(0);
      await this.arrival.promise;
      this.arrival = Promise.withResolvers();
    }
  }
}
