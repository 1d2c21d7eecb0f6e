import type { EndpointSpec } from '../docker/docker.gateway.js';
import type { ObservedEndpoint } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { EnginePicture } from './engine-picture.js';
import { isSwarmId } from './object-locks.js';

function requested(endpoint: ObservedEndpoint): EndpointSpec {
  const { requestedIpv4Address, requestedIpv6Address, aliases, links, driverOptions, gatewayPriority } = endpoint;
  return {
    ...(requestedIpv4Address === null ? {} : { ipv4Address: requestedIpv4Address }),
    ...(requestedIpv6Address === null ? {} : { ipv6Address: requestedIpv6Address }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(links.length === 0 ? {} : { links }),
    ...(Object.keys(driverOptions).length === 0 ? {} : { driverOptions }),
    ...(gatewayPriority === null || gatewayPriority === 0 ? {} : { gatewayPriority }),
  };
}

/** The settings that an attachment was asked for with, as far as the engine remembers: never dynamic addresses. */
export function requestedSettings(picture: EnginePicture, attachment: Attachment): EndpointSpec {
  const endpoints = picture.observedContainer(attachment.containerId)?.endpoints ?? [];
  const endpoint = endpoints.find(({ networkName }) => networkName === attachment.networkName);
  return endpoint === undefined ? {} : requested(endpoint);
}

/**
 * The same, for comparing with what is wanted. On a swarm's network engines note the address that a container was given
 * as if it had been asked for, so one that is not wanted counts as given.
 */
export function requestedBeside(picture: EnginePicture, attachment: Attachment, wanted: EndpointSpec): EndpointSpec {
  const settings = requestedSettings(picture, attachment);
  if (!isSwarmId(attachment.networkId ?? '') || !attachment.active || wanted.ipv4Address !== undefined) return settings;
  const { ipv4Address: _given, ...asked } = settings;
  return asked;
}
