import { isIP } from 'node:net';
import { DomainError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { containerPointer } from '../inventory/references.js';
import type { Container, ContainerState, PublishedPort } from '../resources/container.js';
import type { CreateContainerInput } from './container.inputs.js';

type PortInputs = NonNullable<CreateContainerInput['publishedPorts']>;

interface Held {
  /** What was wanted. */
  readonly port: PublishedPort;
  readonly holder: Container;
}

const LARGEST_PORT = 65_535;
const RUNS: readonly ContainerState[] = ['running', 'paused'];
/** Those that could be started (again), and then would want their ports. */
const STAYS: readonly ContainerState[] = [...RUNS, 'created', 'restarting', 'exited'];

/** Rules that hold whatever the engine. */
export function checkPorts(ports: PortInputs): void {
  const seen = new Set<string>();
  for (const [index, { hostPort, hostPortRange, hostAddress, protocol = 'tcp' }] of ports.entries()) {
    if (hostPortRange !== undefined) checkRange(hostPortRange, `publishedPorts[${index}].hostPortRange`, hostPort);
    if (hostPort === undefined) continue;
    const key = `${hostAddress ?? ''}|${hostPort}/${protocol}`;
    if (seen.has(key)) throw invalid(`publishedPorts[${index}].hostPort`, 'is given twice');
    seen.add(key);
  }
}

function checkRange(text: string, field: string, hostPort: number | undefined): void {
  if (hostPort !== undefined) throw invalid(field, 'and hostPort cannot both be given');
  const { first, last } = boundsOf(text);
  if (first < 1 || last > LARGEST_PORT || first > last) {
    throw invalid(field, `must lead from a lower to a higher port, from 1 to ${LARGEST_PORT}`);
  }
}

function boundsOf(range: string): { readonly first: number; readonly last: number } {
  const [first = 0, last = 0] = range.split('-').map(Number);
  return { first, last };
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(`${field} ${message}.`, { field, message });
}

export function toPublishedPorts(ports: CreateContainerInput['publishedPorts'] = []): PublishedPort[] {
  return ports.map(({ containerPort, protocol = 'tcp', hostAddress, hostPort, hostPortRange }) => ({
    containerPort,
    protocol,
    hostAddress: hostAddress ?? null,
    hostPort: hostPort ?? null,
    hostPortRange: hostPortRange ?? null,
  }));
}

function bindsEverywhere(address: string | null): boolean {
  return address === null || address === '0.0.0.0' || address === '::';
}

function collides(a: PublishedPort, b: PublishedPort): boolean {
  if (a.hostPort === null || a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false;
  if (a.hostAddress === b.hostAddress) return true;
  if (a.hostAddress === null || b.hostAddress === null) return true;
  const sameFamily = isIP(a.hostAddress) === isIP(b.hostAddress);
  return sameFamily && (bindsEverywhere(a.hostAddress) || bindsEverywhere(b.hostAddress));
}

/** Who stands in the way of a port: of one out of a range, who has the first where all are taken. */
function inTheWayOf(wanted: PublishedPort, containers: readonly Container[]): Container | undefined {
  if (wanted.hostPortRange === null) {
    return containers.find((holder) => holder.publishedPorts.some((held) => collides(wanted, held)));
  }
  const { first, last } = boundsOf(wanted.hostPortRange);
  let inTheWay: Container | undefined;
  for (let hostPort = first; hostPort <= last; hostPort += 1) {
    const holder = inTheWayOf({ ...wanted, hostPort, hostPortRange: null }, containers);
    if (holder === undefined) return undefined;
    inTheWay ??= holder;
  }
  return inTheWay;
}

function findHeld(ports: readonly PublishedPort[], containers: readonly Container[]): Held | undefined {
  for (const port of ports) {
    const holder = inTheWayOf(port, containers);
    if (holder !== undefined) return { port, holder };
  }
  return undefined;
}

/** The running container that holds one of these host ports. */
export function portHolder(ports: readonly PublishedPort[], snapshot: EngineSnapshot, exceptId?: string): Held | undefined {
  return findHeld(ports, snapshot.containers.filter(({ id, state }) => id !== exceptId && RUNS.includes(state)));
}

/** Refuses to start on ports that a running container holds; those of other programs show at the start only. */
export function requireFreePorts(ports: readonly PublishedPort[], snapshot: EngineSnapshot, exceptId?: string): void {
  const found = portHolder(ports, snapshot, exceptId);
  if (found !== undefined) throw inUse(found);
}

/** Refuses a new container the ports of others, those included that do not run now: they could not start again. */
export function requireUnclaimedPorts(ports: readonly PublishedPort[], snapshot: EngineSnapshot): void {
  requireFreePorts(ports, snapshot);
  const found = findHeld(ports, snapshot.containers.filter(({ state }) => STAYS.includes(state)));
  if (found !== undefined) throw inUse(found);
}

function inUse({ port, holder }: Held): DomainError {
  const what = port.hostPortRange === null ? `port ${port.hostPort}` : `a port of ${port.hostPortRange}, which are all taken`;
  const where = `${port.hostAddress ?? 'all addresses'}, ${what}, ${port.protocol}`;
  const detail = RUNS.includes(holder.state)
    ? `Container ${holder.name} has ${where}, of the host already.`
    : `Container ${holder.name}, which does not run (${holder.state}), is to have ${where}, of the host: it could not start again. ` +
      'Remove it, choose another port, or create the new one with start: false.';
  return new DomainError('PORT_IN_USE', detail, { holder: containerPointer(holder) });
}
