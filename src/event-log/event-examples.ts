import type { EventType, FairleadEvent, ObservedChange } from '../events/event.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';

/** What is said of a type of events to those who wait for them. */
export interface EventExample {
  readonly summary: string;
  /** As a real engine led to it; a test compares it with one that does. */
  readonly event: FairleadEvent;
}

const NETWORK_ID = 'a5a785476c85a8dea3b461d7365b62cb974b2d7255bda4e520fbc0071a5826db';
const CONTAINER_ID = '890e2333defabb8985eec8e213dfe74c984f3466c5a937e12ec2537888be488a';
const TIME = '2026-11-25T02:56:23.168883443Z';
const RECORDED_AT = '2026-11-25T02:56:23.173Z';
const GAP_ID = 'f94e78b6-429b-448a-962f-1aeb6d332e38';

const CAUSE = { requestId: '6f1c2a7e-52a5-4f0e-9c1b-2f6f0c9f7d11', keyName: 'Administrator' };

const NETWORK: Network = {
  ...{ id: NETWORK_ID, engineId: NETWORK_ID, name: 'frontend', engines: ['local'], driver: 'bridge', scope: 'local' },
  ...{ builtin: false, internal: false, attachable: false, ingress: false, configOnly: false, configFrom: null },
  ...{ ipv4Enabled: true, ipv6Enabled: false },
  ipam: {
    driver: 'default',
    options: {},
    pools: [
      {
        ...{ subnet: '10.20.0.0/24', ipRange: null, gateway: '10.20.0.1', auxiliaryAddresses: {} },
        usage: { capacity: '254', inUse: '1', free: '253' },
      },
    ],
  },
  ...{ options: {}, labels: { team: 'web' }, createdAt: '2026-11-25T02:56:23.099Z', notes: [], attachmentCount: 0 },
};

const ATTACHMENT: Attachment = {
  ...{ id: `${NETWORK_ID}.${CONTAINER_ID}`, engine: 'local', networkId: NETWORK_ID, networkName: 'frontend' },
  ...{ containerId: CONTAINER_ID, containerName: 'web', active: true },
  endpointId: '5c547a390418efbe34ee91b7a8e365d0bfbc9220b3edc312541e4fc9238d8a59',
  ...{ ipv4Address: '10.20.0.5', ipv4PrefixLength: 24, ipv6Address: null, ipv6PrefixLength: null },
  ...{ macAddress: '02:42:0a:14:00:05', gateway: '10.20.0.1', ipv6Gateway: null, aliases: ['api'] },
  ...{ dnsNames: ['web', 'api', '890e2333defa'], links: [], driverOptions: {}, gatewayPriority: null, defaultRoute: ['ipv4'] },
  broken: null,
};
const INACTIVE: Attachment = { ...ATTACHMENT, active: false, endpointId: null, macAddress: null, gateway: null, defaultRoute: [] };

const CONTAINER: Container = {
  ...{ id: CONTAINER_ID, name: 'web', engine: 'local', image: 'fl-busybox' },
  imageId: 'sha256:bb52a2e5b8d9031a2516716b717471f74cc820f609e556bd77456664863cd47b',
  ...{ command: ['sleep', '3600'], state: 'running', exitCode: null, health: null, labels: { app: 'shop' } },
  ...{ hostname: '890e2333defa', networkMode: 'frontend', sharesNetworkOf: null, dns: { servers: [], search: [], options: [] } },
  ...{ extraHosts: [], exposedPorts: [], publishedPorts: [], links: [], createdAt: '2026-11-25T02:56:23.194Z' },
  ...{ startedAt: '2026-11-25T02:56:23.550Z', attachments: [ATTACHMENT] },
};
const EXITED: Container = { ...CONTAINER, state: 'exited', exitCode: 137, attachments: [INACTIVE] };

const ENGINE_NAMES = { app: 'shop', image: 'fl-busybox', name: 'web' };
const NETWORK_NAMES = { name: 'frontend', type: 'bridge' };
const CONNECTION = { container: CONTAINER_ID, name: 'frontend', type: 'bridge' };

type Facts = Partial<ObservedChange>;
type Attributes = Readonly<Record<string, string>>;

function reported(type: string, action: string, attributes: Attributes): Facts {
  return { engineEvent: { type, action, attributes } };
}

function ofNetwork(network: Network, more: Facts): Facts {
  return { subject: { kind: 'network', id: network.id, name: network.name }, network, ...more };
}

function ofAttachment(attachment: Attachment, more: Facts): Facts {
  return { subject: { kind: 'attachment', id: attachment.id, name: 'frontend/web' }, attachment, ...more };
}

/** After an action of the engine: what it said besides, what changed, and what is other than in `CONTAINER`. */
function ofContainer(action: string, previous: Facts['previous'] = null, now: Partial<Container> = {}, said: Attributes = {}): Facts {
  const container = { ...CONTAINER, ...now };
  const subject = { kind: 'container', id: container.id, name: container.name } as const;
  return { subject, container, previous, ...reported('container', action, { ...ENGINE_NAMES, ...said }) };
}

const RESYNC = { origin: 'resync' } as const;
const LAST_SEEN = { stateExact: false } as const;
const ALIVE = { state: 'running', exitCode: null } as const;
const WEBHOOK = { kind: 'webhook', id: '0mwvj80k2f1b', name: 'inventory of the shop' } as const;
const BRIDGE: Network = { ...NETWORK, id: 'local~bridge', name: 'bridge', builtin: true, labels: {} };
const BRIDGE_BEFORE = {
  engineId: '0774d96073dab0d36e90101e8be6f98eb4f15e2061df8f8c6fa9d4b91b5f93f7',
  createdAt: '2026-11-25T02:56:19.887Z',
};
const ENDPOINT_BEFORE = { endpointId: 'e95fd0fb4022c1286489179729613ec57b3054160986b8eefede7b4dcdf7ecbd' };
const GAP = {
  gapId: GAP_ID,
  reason: 'The event stream ended: the connection broke.',
  from: '2026-11-25T02:56:27.088367545Z',
};

type Described = readonly [summary: string, facts: Facts];

/** In the order of `EVENT_TYPES`; what is not said is as in an event about an engine. */
const FACTS: Readonly<Record<EventType, Described>> = {
  'network.created': ['A network was made.', ofNetwork(NETWORK, reported('network', 'create', NETWORK_NAMES))],
  'network.updated': [
    "A network is not as it was, such as one of the engine's own after a restart.",
    ofNetwork(BRIDGE, { ...RESYNC, previous: BRIDGE_BEFORE }),
  ],
  'network.removed': [
    'A network is gone.',
    ofNetwork(NETWORK, { ...LAST_SEEN, ...reported('network', 'destroy', NETWORK_NAMES) }),
  ],
  'attachment.created': [
    'A container has got a place on a network.',
    ofAttachment(INACTIVE, reported('container', 'create', ENGINE_NAMES)),
  ],
  'attachment.activated': [
    'The endpoint of an attachment exists: the container can be reached on the network.',
    ofAttachment(ATTACHMENT, { previous: { active: false }, ...reported('network', 'connect', CONNECTION) }),
  ],
  'attachment.deactivated': [
    'The endpoint of an attachment is gone: the container cannot be reached there.',
    ofAttachment(INACTIVE, {
      previous: { active: true, endpointId: ATTACHMENT.endpointId },
      ...reported('network', 'disconnect', CONNECTION),
    }),
  ],
  'attachment.updated': [
    'An attachment has other settings, addresses or another endpoint.',
    ofAttachment(ATTACHMENT, { ...RESYNC, previous: ENDPOINT_BEFORE }),
  ],
  'attachment.removed': [
    'A container has no place on a network any more.',
    ofAttachment(INACTIVE, { ...LAST_SEEN, ...reported('container', 'destroy', ENGINE_NAMES) }),
  ],
  'container.created': [
    'A container was made.',
    ofContainer('create', null, { state: 'created', startedAt: null, attachments: [INACTIVE] }),
  ],
  'container.started': ['A container has begun to run.', ofContainer('start', { state: 'created' })],
  'container.exited': ['A container runs no more.', ofContainer('die', ALIVE, EXITED, { exitCode: '137' })],
  'container.paused': ['A container was paused.', ofContainer('pause', { state: 'running' }, { state: 'paused' })],
  'container.unpaused': ['A paused container goes on.', ofContainer('unpause', { state: 'paused' })],
  'container.restarted': [
    'A container was stopped and started in one go; both are told before it, where they were seen.',
    ofContainer('restart'),
  ],
  'container.renamed': [
    'A container has another name.',
    ofContainer('rename', { name: 'web' }, { name: 'shop' }, { name: 'shop', oldName: '/web' }),
  ],
  'container.updated': [
    'Something else of a container has changed; `previous` is null where it is nothing that is shown.',
    ofContainer('update'),
  ],
  'container.removed': ['A container is gone.', { ...ofContainer('destroy', null, EXITED), ...LAST_SEEN }],
  'container.health-changed': [
    'A health check has come to another result.',
    ofContainer('health_status: healthy', { health: null }, { health: 'healthy' }),
  ],
  'container.oom-killed': [
    'The kernel has killed something in a container that wanted too much memory.',
    ofContainer('oom', ALIVE, EXITED),
  ],
  'engine.connected': ['The engine is followed.', {}],
  'engine.disconnected': ['The engine is not followed for the time being.', {}],
  'engine.resynced': [
    'The end of a gap: from here on steps are told again.',
    { ...RESYNC, gap: { gapId: GAP_ID, reason: null, from: null } },
  ],
  'engine.gap': [
    'Not every step since `from` was seen. What the engine remembers and what differs follow, up to the ' +
      '`engine.resynced` with the same `gapId`.',
    { ...RESYNC, gap: GAP },
  ],
  'engine.added': ['The service was told of an engine through its API, and looks after it from now on.', { cause: CAUSE }],
  'engine.removed': [
    'The engine is no longer looked after: what was known to be on it is to be forgotten, though nothing of it was removed.',
    { cause: CAUSE },
  ],
  'webhook.disabled': [
    'The service has disabled a webhook whose receiver failed for long or asked for it, or whose key is no longer good.',
    { engine: null, subject: WEBHOOK, previous: { enabled: true } },
  ],
};

function exampleOf(type: EventType, index: number): EventExample {
  const [summary, facts] = FACTS[type];
  const event: FairleadEvent = {
    cursor: `0mwvj80hk6az${(index + 1).toString(36).padStart(11, '0')}`,
    id: `c5ee716d-9afd-4a66-9057-1d0ea607${(0x427c + index).toString(16)}`,
    ...{ type, engine: 'local', time: TIME, recordedAt: RECORDED_AT, origin: 'engine' },
    subject: { kind: 'engine', id: 'local', name: 'local' },
    ...{ network: null, container: null, attachment: null, stateExact: true, previous: null },
    ...{ gap: null, engineEvent: null, cause: null },
    ...facts,
  };
  return { summary, event };
}

export const EVENT_EXAMPLES = Object.fromEntries(
  Object.keys(FACTS).map((type, index) => [type, exampleOf(type as EventType, index)]),
) as Readonly<Record<EventType, EventExample>>;
