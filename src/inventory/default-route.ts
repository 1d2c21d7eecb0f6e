import type { AddressFamily, Attachment } from '../resources/attachment.js';

/**
 * Over which of a container's networks, given by name, its default routes lead. Engines have no field for that; this is
 * how they choose: the highest gateway priority first (API 1.48); then internal networks come last, then it counts whether
 * there are gateways of both families, then the name. Older engines set the routes of both families over the one that they choose
 * for IPv4; those that know priorities choose for each family.
 */
export function withDefaultRoutes(attachments: readonly Attachment[], isInternal: (attachment: Attachment) => boolean): Attachment[] {
  const ranked = attachments
    .filter(({ active }) => active)
    .sort((a, b) => priority(b) - priority(a) || order(isInternal(a), isInternal(b)) || order(!isDual(a), !isDual(b)));
  const ipv4 = ranked.find(({ gateway }) => gateway !== null);
  const knowsPriorities = ranked.some(({ gatewayPriority }) => gatewayPriority !== null);
  const ipv6 = knowsPriorities ? ranked.find(({ ipv6Gateway }) => ipv6Gateway !== null) : ipv4;
  return attachments.map((attachment) => {
    const defaultRoute: AddressFamily[] = [];
    if (attachment === ipv4) defaultRoute.push('ipv4');
    if (attachment === ipv6 && attachment.ipv6Gateway !== null) defaultRoute.push('ipv6');
    return { ...attachment, defaultRoute };
  });
}

const order = (a: boolean, b: boolean): number => Number(a) - Number(b);
const priority = ({ gatewayPriority }: Attachment): number => gatewayPriority ?? 0;
const isDual = ({ gateway, ipv6Gateway }: Attachment): boolean => gateway !== null && ipv6Gateway !== null;
