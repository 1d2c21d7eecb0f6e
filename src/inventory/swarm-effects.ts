import { isDeepStrictEqual } from 'node:util';
import type { ServiceChanges, SwarmGateway } from '../docker/swarm.gateway.js';
import type { ObservedService } from '../docker/swarm.observed.js';
import type { EventType } from '../events/event.js';
import { isImageAsked } from '../resources/image-name.js';
import { TASK_LABEL as LABEL } from '../resources/task-labels.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import type { ExpectedEvent } from './expected-events.js';
import { hasEnded, isWaiting, type SwarmView } from './swarm.view.js';

/** What a command leads to, on which engines, and how long after its answer it may still come. */
export interface Effects {
  readonly engines: readonly string[];
  readonly expected: readonly ExpectedEvent[];
  readonly mayComeMs: number;
}

/** How the swarm of an engine stands before a command. */
export interface SwarmStanding {
  readonly snapshot: EngineSnapshot;
  readonly swarms: readonly SwarmView[];
}

type Command = Extract<keyof SwarmGateway, 'init' | 'join' | 'leave' | `${'create' | 'update' | 'remove'}${'Service' | 'Node'}`>;
type EffectsOf<Name extends Command> = (standing: SwarmStanding, ...args: Parameters<SwarmGateway[Name]>) => readonly Effects[];

/** Tasks come and go one after the other, and images are fetched before they do. */
const ROLL_OUT_MAY_TAKE_MS = 600_000;
/** With the first and the last container an engine gains and loses sight of a network; that may be counted upon. */
const SIGHT_MAY_CHANGE_MS = 60_000;

const MADE = ['container.created', 'container.started', 'attachment.created', 'attachment.activated'] as const satisfies readonly EventType[];
const ENDED = ['container.exited', 'attachment.deactivated'] as const satisfies readonly EventType[];
const CLEARED = ['container.removed', 'attachment.removed'] as const satisfies readonly EventType[];

/** The events that each command of the swarm's gateway leads to, as things stand before it. */
const EFFECTS: { readonly [Name in Command]: EffectsOf<Name> } = {
  init: ({ snapshot: { engine } }) => sights([engine], ...OWN_NETWORKS),
  join: ({ snapshot: { engine }, swarms }, { managerAddresses }) => {
    const view = swarms.find(({ group }) => group.observed.nodes.some(({ managerAddress }) => managerAddresses.includes(managerAddress ?? '')));
    // It shows the swarm's networks from then on, as a manager all of them.
    return [...sights([engine], ...OWN_NETWORKS, { type: 'network.updated' }), ...settling(view, engine)];
  },
  leave: ({ snapshot, swarms }) => {
    const view = viewOf(snapshot.engine, swarms);
    const nodeId = view?.group.nodeOfEngine.get(snapshot.engine)?.id;
    return [...parting(snapshot), ...(view === undefined || nodeId === undefined ? [] : moving(view, nodeId))];
  },
  updateNode: ({ snapshot, swarms }, nodeId, { availability, role }) => {
    const view = viewOf(snapshot.engine, swarms);
    const node = view?.group.observed.nodes.find(({ id }) => id === nodeId);
    if (view === undefined || node === undefined) return [];
    const engine = view.group.engineOfNode.get(nodeId);
    const isMoved = (role !== undefined && role !== node.role) || (availability !== undefined && availability !== node.availability);
    return [
      ...(isMoved && engine !== undefined ? sights([engine], { type: 'network.updated' }) : []),
      ...(availability === 'drain' && node.availability !== 'drain' ? moving(view, nodeId) : []),
      ...(availability === 'active' && node.availability !== 'active' ? settling(view, engine) : []),
    ];
  },
  removeNode: ({ snapshot, swarms }, nodeId) => {
    const view = viewOf(snapshot.engine, swarms);
    return view === undefined ? [] : moving(view, nodeId);
  },
  createService: ({ snapshot, swarms }, { name, replicas, networks }) => {
    const view = viewOf(snapshot.engine, swarms);
    if (view === undefined) return [];
    const tasks = tasksOf([LABEL.serviceName, name], { made: replicas ?? readyNodes(view) });
    return [rollOut(view, tasks), ...networkSights(view, networks)];
  },
  updateService: ({ snapshot, swarms }, id, _version, changes) => {
    const view = viewOf(snapshot.engine, swarms);
    const service = view?.group.observed.services.find((each) => each.id === id);
    if (view === undefined || service === undefined) return [];
    const tasks = renewal(view, service, changes);
    // Labels alone show nowhere but at the service; its places and addresses show at networks even while it has no task.
    const isSeen = tasks.length > 0 || renewsTasks(service, changes);
    return [rollOut(view, tasks), ...(isSeen ? networkSights(view, [...service.networks, ...(changes.networks ?? [])]) : [])];
  },
  removeService: ({ snapshot, swarms }, id) => {
    const view = viewOf(snapshot.engine, swarms);
    const service = view?.group.observed.services.find((each) => each.id === id);
    if (view === undefined || service === undefined) return [];
    return [rollOut(view, tasksOf([LABEL.serviceId, id], { ended: Infinity, cleared: Infinity })), ...networkSights(view, service.networks)];
  },
};

/** Networks that an engine makes for itself when it gets into a swarm. */
const OWN_NETWORKS = ['ingress', 'docker_gwbridge'].map((name): ExpectedEvent => ({ type: 'network.created', name }));

/** What a call of the swarm's gateway is expected to lead to; nothing where it is no command. */
export function swarmEffectsOf(call: string, args: readonly unknown[], standing: SwarmStanding): readonly Effects[] {
  if (!Object.hasOwn(EFFECTS, call)) return [];
  const effects = EFFECTS[call as Command] as (standing: SwarmStanding, ...args: unknown[]) => readonly Effects[];
  return effects(standing, ...args)
    .filter(({ engines, expected }) => engines.length > 0 && expected.length > 0)
    .map(({ expected, ...rest }) => ({ ...rest, expected: expected.map((event) => ({ ...event, open: true })) }));
}

function viewOf(engine: string, swarms: readonly SwarmView[]): SwarmView | undefined {
  return swarms.find(({ group }) => group.engines.includes(engine));
}

function readyNodes({ group }: SwarmView): number {
  return group.observed.nodes.filter(({ state, availability }) => state === 'ready' && availability === 'active').length;
}

function rollOut({ group }: SwarmView, expected: readonly ExpectedEvent[]): Effects {
  return { engines: group.engines, expected, mayComeMs: ROLL_OUT_MAY_TAKE_MS };
}

function sights(engines: readonly string[], ...expected: readonly ExpectedEvent[]): Effects[] {
  return [{ engines, expected, mayComeMs: SIGHT_MAY_CHANGE_MS }];
}

/** Engines gain and lose sight of networks with the tasks on them. */
function networkSights({ group }: SwarmView, networks: readonly { readonly target: string }[]): Effects[] {
  const ids = [...new Set(networks.map(({ target }) => target))];
  return sights(group.engines, ...ids.map((id): ExpectedEvent => ({ type: 'network.updated', network: [id] })));
}

/** Of how many tasks containers are made, end and are cleared away. */
function tasksOf(label: ExpectedEvent['label'], { made = 0, ended = 0, cleared = 0 }: { made?: number; ended?: number; cleared?: number }): ExpectedEvent[] {
  const of = (types: readonly EventType[], most: number): ExpectedEvent[] =>
    most === 0 ? [] : types.map((type) => ({ type, ...(label && { label }), ...(most < Infinity && { most }) }));
  return [...of(MADE, made), ...of(ENDED, ended), ...of(CLEARED, cleared)];
}

function renewal(view: SwarmView, service: ObservedService, changes: ServiceChanges): ExpectedEvent[] {
  const known = view.group.observed.tasks.filter(({ serviceId }) => serviceId === service.id);
  const standing = service.replicas ?? readyNodes(view);
  const wanted = changes.replicas ?? standing;
  const isRenewed = renewsTasks(service, changes);
  const made = isRenewed ? wanted : Math.max(0, wanted - standing);
  const ended = isRenewed ? Math.max(standing, known.filter((task) => !hasEnded(task)).length) : Math.max(0, standing - wanted);
  // Of each place only so many former tasks are remembered, and those of one that is given up are forgotten.
  return tasksOf([LABEL.serviceId, service.id], { made, ended, cleared: ended === 0 ? 0 : known.length + made });
}

/** Replicas and labels are changed beside the tasks that there are; all else is part of what they are. */
function renewsTasks(service: ObservedService, { image, command, networks, endpointMode, ports }: ServiceChanges): boolean {
  const asPorts = ports?.map(({ publishedPort = null, ...port }) => ({ ...port, publishedPort }));
  return (
    (image !== undefined && !isImageAsked(image, service)) ||
    (command !== undefined && !isDeepStrictEqual(command, service.command)) ||
    (networks !== undefined && !isDeepStrictEqual(networks, service.networks.map(({ target, aliases }) => ({ target, aliases })))) ||
    (endpointMode !== undefined && endpointMode !== service.endpointMode) ||
    (asPorts !== undefined && !isDeepStrictEqual(asPorts, service.ports))
  );
}

/** The tasks of a node end there, and those that are not for each node begin elsewhere. */
function moving(view: SwarmView, nodeId: string): Effects[] {
  const { observed, engineOfNode } = view.group;
  const there = observed.tasks.filter((task) => task.nodeId === nodeId);
  const live = there.filter((task) => !hasEnded(task));
  const elsewhere = observed.services
    .filter(({ mode }) => mode !== 'global')
    .flatMap(({ id }) => tasksOf([LABEL.serviceId, id], { made: live.filter((task) => task.serviceId === id).length }));
  const ending = tasksOf([LABEL.nodeId, nodeId], { ended: live.length, cleared: there.length });
  return [...rollOutOn(engineOfNode.get(nodeId), ending), rollOut(view, elsewhere)];
}

/** On a node that has come tasks of services for each node begin, and those that found no node. */
function settling(view: SwarmView | undefined, engine: string | undefined): Effects[] {
  if (view === undefined) return [];
  const { observed } = view.group;
  const tasks = observed.services.flatMap(({ id, mode }) => {
    const waiting = observed.tasks.filter((task) => task.serviceId === id && isWaiting(task)).length;
    return tasksOf([LABEL.serviceId, id], { made: mode === 'global' ? 1 : waiting });
  });
  return rollOutOn(engine, tasks);
}

function rollOutOn(engine: string | undefined, expected: readonly ExpectedEvent[]): Effects[] {
  return engine === undefined ? [] : [{ engines: [engine], expected, mayComeMs: ROLL_OUT_MAY_TAKE_MS }];
}

/** An engine that leaves loses the swarm's networks, with everything that is on them. */
function parting({ engine, networks, swarmNetworks }: EngineSnapshot): Effects[] {
  const network = [...new Set([...networks.filter(({ scope }) => scope === 'swarm').map(({ id }) => id), ...swarmNetworks.keys()])];
  const types = ['network.updated', 'network.removed', 'attachment.deactivated', 'attachment.updated', 'attachment.removed'] as const;
  return sights([engine], ...types.map((type): ExpectedEvent => ({ type, network })));
}
