export const ADDRESS_FAMILIES = ['ipv4', 'ipv6'] as const;
export type AddressFamily = (typeof ADDRESS_FAMILIES)[number];

/** A container's place on one network (libnetwork's endpoint). */
export interface Attachment {
  /** `<network id>.<container id>`; with the network's name instead where it is broken. */
  readonly id: string;
  readonly engine: string;
  /** null where the engine's record names no network that exists. */
  readonly networkId: string | null;
  readonly networkName: string;
  readonly containerId: string;
  readonly containerName: string;
  /** The container runs and its endpoint exists. */
  readonly active: boolean;
  readonly endpointId: string | null;
  /** The address in use; while inactive, the static one that was asked for. */
  readonly ipv4Address: string | null;
  readonly ipv4PrefixLength: number | null;
  readonly ipv6Address: string | null;
  readonly ipv6PrefixLength: number | null;
  readonly macAddress: string | null;
  readonly gateway: string | null;
  readonly ipv6Gateway: string | null;
  /** As asked for; the alias that older engines add (the short container id) is left out. */
  readonly aliases: readonly string[];
  /** Every name that the engine's DNS answers for it on this network. */
  readonly dnsNames: readonly string[];
  /** `container:alias` each. */
  readonly links: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  /** The highest carries the default route; null where the engine has no such setting. */
  readonly gatewayPriority: number | null;
  /** Families in which the container's way out of its networks leads over this one. */
  readonly defaultRoute: readonly AddressFamily[];
  /** Why the engine's own record is inconsistent; null when it is sound. */
  readonly broken: string | null;
}
