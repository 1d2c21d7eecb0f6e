import type { EngineDialect } from '../engine-dialect.js';
import { objectsAt, textAt, type JsonObject } from '../engine-json.js';
import { fromPodmanContainer, fromPodmanListedContainer, fromPodmanNetwork } from './podman-answer.mapper.js';
import {
  takeOffAgain,
  toPodmanAttachment,
  toPodmanContainer,
  toPodmanNetwork,
  toPodmanRemembered,
} from './podman-request.mapper.js';

const COMPONENT = 'Podman Engine';

export function isPodman(version: JsonObject): boolean {
  return objectsAt(version, 'Components').some((component) => textAt(component, 'Name') === COMPONENT);
}

/** Podman's Docker-compatible API, as its version 4.3 was seen to speak it. */
export const PODMAN: EngineDialect = {
  // Its log is the machine's journal, or a file of 1 MB and more.
  remembersLong: true,
  // Where Docker names the product, Podman names the distribution.
  version: (said) => ({ ...said, Platform: { Name: COMPONENT } }),
  answers: {
    'network.inspect': fromPodmanNetwork,
    'container.inspect': fromPodmanContainer,
    'container.list': fromPodmanListedContainer,
  },
  requests: {
    'network.create': toPodmanNetwork,
    'container.create': toPodmanContainer,
    attach: toPodmanAttachment,
    'events.remembered': toPodmanRemembered,
  },
  remedies: { attach: takeOffAgain },
};
