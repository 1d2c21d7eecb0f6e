import type { DockerGateway } from '../docker/docker.gateway.js';
import type { EventType } from '../events/event.js';
import type { Container } from '../resources/container.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import type { ExpectedEvent } from './expected-events.js';

type Verb = 'create' | 'remove' | 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'connect' | 'disconnect';
type Command = Extract<keyof DockerGateway, `${Verb}${'Network' | 'Container'}`>;

/** How things stand before a command. */
export interface Standing {
  readonly snapshot: EngineSnapshot;
  /** Where containers are that were made by the same request, by their ids: the picture may not show them yet. */
  readonly placed: ReadonlyMap<string, readonly string[]>;
}

type Effects<Name extends Command> = (standing: Standing, ...args: Parameters<DockerGateway[Name]>) => readonly ExpectedEvent[];

/** The events that each command of the gateway leads to, as things stand before it. */
const EFFECTS: { readonly [Name in Command]: Effects<Name> } = {
  // A swarm gives an overlay its addresses after it has made it.
  createNetwork: (_standing, { name, driver }) => of({ name }, 'network.created', ...(driver === 'overlay' ? (['network.updated'] as const) : [])),
  removeNetwork: (standing, id) => {
    const network = idsOf(standing, id);
    return [...of({ network }, 'attachment.deactivated', 'attachment.removed'), { type: 'network.removed', network }];
  },
  createContainer: (standing, { name, networkMode }) => {
    if (name === undefined) return [];
    return [...of({ name }, 'container.created'), ...of({ name, network: idsOf(standing, networkMode) }, 'attachment.created')];
  },
  startContainer: (standing, container) => [
    ...of({ container }, 'container.started'),
    ...activationsOf(standing, container),
    ...sightsOf(standing, networksOf(standing, container)),
  ],
  stopContainer: (standing, container) => endOf(standing, container),
  restartContainer: (standing, container) => [
    ...endOf(standing, container),
    ...of({ container }, 'container.started', 'container.restarted'),
    ...activationsOf(standing, container),
  ],
  pauseContainer: (_standing, container) => of({ container }, 'container.paused'),
  unpauseContainer: (_standing, container) => of({ container }, 'container.unpaused'),
  removeContainer: (standing, container) => [
    ...endOf(standing, container),
    ...of({ container }, 'attachment.removed', 'container.removed'),
  ],
  connectContainer: (standing, id, container) => {
    const ends = { network: idsOf(standing, id), container };
    return isAlive(standing, container) ? [...of(ends, ...ATTACHED), ...sightsOf(standing, ends.network)] : of(ends, 'attachment.created');
  },
  disconnectContainer: (standing, id, container) => {
    const ends = { network: idsOf(standing, id), container };
    return isAlive(standing, container) ? [...of(ends, ...DETACHED), ...sightsOf(standing, ends.network)] : of(ends, 'attachment.removed');
  },
};

const ATTACHED = ['attachment.created', 'attachment.activated'] as const satisfies readonly EventType[];
const DETACHED = ['attachment.deactivated', 'attachment.removed'] as const satisfies readonly EventType[];

/** What a call of the gateway is expected to lead to; nothing where it is no command. */
export function effectsOf(call: string, args: readonly unknown[], standing: Standing): readonly ExpectedEvent[] {
  if (!Object.hasOwn(EFFECTS, call)) return [];
  const effects = EFFECTS[call as Command] as (standing: Standing, ...args: unknown[]) => readonly ExpectedEvent[];
  return effects(standing, ...args);
}

function of(ends: Omit<ExpectedEvent, 'type'>, ...types: EventType[]): ExpectedEvent[] {
  return types.map((type) => ({ type, ...ends }));
}

/** Only where the container is configured to be: what others attach it to later is theirs. */
function activationsOf(standing: Standing, container: string): ExpectedEvent[] {
  const network = networksOf(standing, container);
  return network.length === 0 ? [] : of({ network, container }, 'attachment.activated');
}

/** Where a container is configured to be. */
function networksOf(standing: Standing, container: string): string[] {
  const attachments = standing.snapshot.containerById.get(container)?.attachments ?? [];
  return [
    ...attachments.flatMap(({ networkId, networkName }) => [networkId ?? networkName, networkName]),
    ...(standing.placed.get(container) ?? []).flatMap((id) => idsOf(standing, id)),
  ];
}

/** A worker shows a network of its swarm from the first container on it to the last. */
function sightsOf({ snapshot }: Standing, networks: readonly string[]): ExpectedEvent[] {
  const network = networks.filter((id) => snapshot.swarmNetworks.has(id));
  return network.length === 0 ? [] : of({ network, open: true }, 'network.updated');
}

/** One that does not run is not ended. */
function endOf(standing: Standing, container: string): ExpectedEvent[] {
  if (!isAlive(standing, container)) return [];
  return [...of({ container }, 'container.exited', 'attachment.deactivated'), ...sightsOf(standing, networksOf(standing, container))];
}

function isAlive({ snapshot }: Standing, id: string): boolean {
  const alive: readonly Container['state'][] = ['running', 'paused', 'restarting'];
  const state = snapshot.containerById.get(id)?.state;
  return state !== undefined && alive.includes(state);
}

/** What events may call a network that the engine is told of by its id, or by its name. */
function idsOf({ snapshot }: Standing, reference: string): string[] {
  // One of the swarm that the engine does not show yet is told by its name.
  const known = [...snapshot.networks, ...snapshot.swarmNetworks.values()];
  return [reference, ...known.filter(({ engineId, id, name }) => [engineId, id, name].includes(reference)).flatMap(({ id, name }) => [id, name])];
}
