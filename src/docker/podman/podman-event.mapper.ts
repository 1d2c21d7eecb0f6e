import type { EngineEvent } from '../observed.js';

/**
 * What Podman's event means, in Docker's words. Events that say too little to be told stay hints to look at a
 * container: of a connection Podman names the container alone, of a health check not what it found.
 */
export function fromPodmanEvent(event: EngineEvent): EngineEvent {
  if (event.attributes['podId'] === undefined) return event;
  if (event.type === 'network') return { ...event, type: 'container' };
  if (event.type !== 'container') return event;
  if (event.action === 'remove') return { ...event, action: 'destroy' };
  return event.action === 'health_status' ? { ...event, action: 'health-check' } : event;
}
