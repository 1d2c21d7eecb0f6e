import type { EndpointSpec } from '../docker/docker.gateway.js';
import type { ObservedEndpoint } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { EnginePicture } from './engine-picture.js';

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

/**
 * Static addresses as far as they can be known of an engine that does not tell them: one that is wanted was asked for
 * if it is in use, or may be while none is. Where nothing is to be compared, the one in use is what can be kept.
 */
function untold(endpoint: ObservedEndpoint, wanted: EndpointSpec | undefined): EndpointSpec {
  const known = (address: string | undefined, inUse: string | null): string | undefined => {
    if (wanted === undefined) return inUse ?? undefined;
    return inUse === null || inUse === address ? address : undefined;
  };
  const ipv4Address = known(wanted?.ipv4Address, endpoint.ipv4Address);
  const ipv6Address = known(wanted?.ipv6Address, endpoint.ipv6Address);
  return { ...(ipv4Address && { ipv4Address }), ...(ipv6Address && { ipv6Address }) };
}

/**
 * The settings that an attachment was asked for with, as far as the engine remembers: never dynamic addresses, unless
 * it does not tell them apart. `wanted` is what they are to be compared with; left out, they are to be kept.
 */
export function requestedSettings(picture: EnginePicture, attachment: Attachment, wanted?: EndpointSpec): EndpointSpec {
  const endpoints = picture.observedContainer(attachment.containerId)?.endpoints ?? [];
  const endpoint = endpoints.find(({ networkName }) => networkName === attachment.networkName);
  if (endpoint === undefined) return {};
  const isTold = picture.observed?.tellsRequestedAddresses ?? true;
  return { ...requested(endpoint), ...(isTold ? {} : untold(endpoint, wanted)) };
}
