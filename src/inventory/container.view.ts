import type { ObservedContainer } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';

/** The container whose network stack one in this mode lives in. */
export function sharedContainer(networkMode: string): string | null {
  return /^container:(.+)$/.exec(networkMode)?.[1] ?? null;
}

export function toContainer(engine: string, observed: ObservedContainer, attachments: readonly Attachment[]): Container {
  return {
    id: observed.id,
    name: observed.name,
    engine,
    image: observed.image,
    imageId: observed.imageId,
    command: observed.command,
    state: observed.state,
    exitCode: observed.exitCode,
    health: observed.health,
    labels: observed.labels,
    hostname: observed.hostname,
    networkMode: observed.networkMode,
    sharesNetworkOf: sharedContainer(observed.networkMode),
    dns: observed.dns,
    extraHosts: observed.extraHosts,
    exposedPorts: observed.exposedPorts,
    publishedPorts: observed.publishedPorts,
    links: observed.links,
    createdAt: observed.createdAt,
    startedAt: observed.startedAt,
    attachments,
  };
}
