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

function endpointOf(picture: EnginePicture, attachment: Attachment): ObservedEndpoint | undefined {
  const endpoints = picture.observedContainer(attachment.containerId)?.endpoints ?? [];
  return endpoints.find(({ networkName }) => networkName === attachment.networkName);
}

function tellsAddresses(picture: EnginePicture): boolean {
  return picture.observed?.tellsRequestedAddresses ?? true;
}

/**
 * The settings that an attachment was asked for with, as far as the engine remembers: never dynamic addresses, but
 * where it does not tell them from static ones the address in use is what can be kept.
 */
export function requestedSettings(picture: EnginePicture, attachment: Attachment): EndpointSpec {
  const endpoint = endpointOf(picture, attachment);
  if (endpoint === undefined) return {};
  if (tellsAddresses(picture)) return requested(endpoint);
  const { ipv4Address, ipv6Address } = endpoint;
  return {
    ...requested(endpoint),
    ...(ipv4Address === null ? {} : { ipv4Address }),
    ...(ipv6Address === null ? {} : { ipv6Address }),
  };
}

/**
 * The same, for comparing with what is wanted. Of an engine that does not tell static addresses, one that is wanted
 * was asked for if it is in use, or may have been while none is. On a swarm's network engines note the address that a
 * container was given as if it had been asked for, so one that is not wanted counts as given.
 */
export function requestedBeside(picture: EnginePicture, attachment: Attachment, wanted: EndpointSpec): EndpointSpec {
  const endpoint = endpointOf(picture, attachment);
  if (endpoint === undefined) return {};
  const asked = requested(endpoint);
  const { ipv4Address, ipv6Address } = wanted;
  if (tellsAddresses(picture)) {
    const isGiven = isSwarmId(attachment.networkId ?? '') && attachment.active && ipv4Address === undefined;
    return isGiven ? { ...asked, ipv4Address: undefined } : asked;
  }
  const mayBe = (address: string | undefined, inUse: string | null): boolean =>
    address !== undefined && (inUse === null || inUse === address);
  return {
    ...asked,
    ...(mayBe(ipv4Address, endpoint.ipv4Address) ? { ipv4Address } : {}),
    ...(mayBe(ipv6Address, endpoint.ipv6Address) ? { ipv6Address } : {}),
  };
}
