let made = 0;

export interface NetworkInput {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A subnet that no other call of this process answers: 10.64.0.0/24, 10.64.1.0/24 and so on. */
export function aSubnet(): string {
  made += 1;
  return `10.${64 + (made >> 8)}.${made & 255}.0/24`;
}

/** The address of a /24 with this last number. */
export function addressIn(subnet: string, last: number): string {
  return subnet.replace(/\.0\/24$/, `.${last}`);
}

/** Input of a bridge network with a name and a subnet of its own. */
export function aNetwork(changes: Readonly<Record<string, unknown>> = {}): NetworkInput {
  const subnet = aSubnet();
  return { name: `net-${made}`, ipam: { pools: [{ subnet }] }, ...changes };
}
