import { createHash, randomUUID } from 'node:crypto';
import type { JournalEntry } from '../../src/events/engine-journal.ts';
import type { ObservedChange } from '../../src/events/event.ts';
import type { Attachment } from '../../src/resources/attachment.ts';
import type { Container } from '../../src/resources/container.ts';

/** The name under which what no engine has done is written. */
export const INVENTED_ENGINE = 'invented';

const CONTAINERS = 50;
/** As many digests as the watcher keeps in a checkpoint. */
const REMEMBERED = 256;

const containers = Array.from({ length: CONTAINERS }, (_, number) => aContainer(number));
const recent = Array.from({ length: REMEMBERED }, (_, number) => digest(`line ${number}`));

/**
 * What the watcher hands on after one event of the engine: one change of a container of about 3 kB, with what is known
 * of it afterwards and how far the engine has been followed. `seenBy` is the symbol of the built service.
 */
export function anEntry(number: number, seenBy: symbol): JournalEntry {
  const container = containers[number % CONTAINERS] as Container;
  const { id, name, labels } = container;
  // Engines tell nanoseconds: no two of their events are alike.
  const time = new Date().toISOString().replace('Z', `${String(number % 1_000_000).padStart(6, '0')}Z`);
  recent.shift();
  recent.push(digest(`line ${REMEMBERED + number}`));
  const change: Omit<ObservedChange, symbol> = {
    type: 'container.started',
    engine: INVENTED_ENGINE,
    time,
    origin: 'engine',
    subject: { kind: 'container', id, name },
    network: null,
    container,
    attachment: null,
    stateExact: true,
    previous: { state: 'exited', exitCode: 0, startedAt: container.startedAt },
    gap: null,
    engineEvent: { type: 'container', action: 'start', attributes: { ...labels, image: container.image, name } },
    cause: null,
  };
  return {
    changes: [{ ...change, [seenBy]: { network: null, container: labels, others: { networks: [], containers: [] } } }],
    told: [{ kind: 'container', id, known: { name, state: 'running', health: null, view: container } }],
    checkpoint: { time, timeNano: `${Date.now()}000000`, recent },
    begins: number === 0,
  };
}

function aContainer(number: number): Container {
  const id = digest(`container ${number}`, 'hex').repeat(4);
  const name = `shop-worker-${number}`;
  return {
    id,
    name,
    engine: INVENTED_ENGINE,
    image: 'registry.example/shop/worker:2026.11.3',
    imageId: `sha256:${id}`,
    command: ['node', '--enable-source-maps', 'dist/worker.js', '--queue', 'orders'],
    state: 'running',
    exitCode: null,
    health: null,
    labels: {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'worker',
      'com.docker.compose.container-number': String(number),
      'com.docker.compose.config-hash': id,
      'org.opencontainers.image.source': 'https://git.example/shop/worker',
      team: `team-${number % 10}`,
    },
    hostname: id.slice(0, 12),
    networkMode: 'shop_backend',
    sharesNetworkOf: null,
    dns: { servers: ['10.0.0.53'], search: ['shop.example'], options: ['ndots:1'] },
    extraHosts: ['legacy:10.0.0.7'],
    exposedPorts: ['9090/tcp'],
    publishedPorts: [{ containerPort: 9090, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 30_000 + number, hostPortRange: null }],
    links: [],
    createdAt: '2026-11-20T08:00:00.000000000Z',
    startedAt: '2026-11-24T08:00:00.000000000Z',
    attachments: ['backend', 'metrics'].map((network) => anAttachment(network, { id, name }, number)),
  };
}

function anAttachment(network: string, container: { id: string; name: string }, number: number): Attachment {
  const networkId = digest(network, 'hex').repeat(4);
  return {
    id: `${networkId}.${container.id}`,
    engine: INVENTED_ENGINE,
    networkId,
    networkName: `shop_${network}`,
    containerId: container.id,
    containerName: container.name,
    active: true,
    endpointId: digest(randomUUID(), 'hex').repeat(4),
    ipv4Address: `10.66.0.${number + 2}`,
    ipv4PrefixLength: 24,
    ipv6Address: null,
    ipv6PrefixLength: null,
    macAddress: '02:42:0a:42:00:02',
    gateway: '10.66.0.1',
    ipv6Gateway: null,
    aliases: ['worker'],
    dnsNames: [container.name, 'worker', container.id.slice(0, 12)],
    links: [],
    driverOptions: {},
    gatewayPriority: null,
    defaultRoute: [],
    broken: null,
  };
}

function digest(text: string, encoding: 'hex' | 'base64url' = 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding).slice(0, 16);
}
