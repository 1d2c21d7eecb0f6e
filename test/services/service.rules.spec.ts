import { describe, expect, it } from 'vitest';
import type { ServiceChanges } from '../../src/docker/swarm.gateway.js';
import type { ObservedTask } from '../../src/docker/swarm.observed.js';
import type { SwarmView } from '../../src/inventory/swarm.view.js';
import type { Network } from '../../src/resources/network.js';
import type { Service } from '../../src/resources/swarm.js';
import { isAsAsked, planned, refuseBeyondAddresses } from '../../src/services/service.rules.js';
import { anObservedTask } from '../builders/swarm.js';

const SERVICE: Service = {
  id: 's1',
  swarmId: 'w1',
  name: 'web',
  image: 'nginx:1.29',
  imageDigest: 'sha256:aa',
  command: ['run'],
  mode: 'replicated',
  replicas: 2,
  runningTasks: 0,
  networks: [{ networkId: 'n1', networkName: 'back', aliases: ['a', 'b'] }, { networkId: 'n2', networkName: 'front', aliases: [] }],
  endpointMode: 'vip',
  virtualAddresses: [],
  publishedPorts: [
    { targetPort: 80, protocol: 'tcp', publishedPort: 8080, publishMode: 'host' },
    { targetPort: 80, protocol: 'tcp', publishedPort: 30_000, publishMode: 'ingress' },
  ],
  labels: { team: 'web' },
  updateState: null,
  updateMessage: null,
  notes: [],
  createdAt: '2026-11-24T08:00:00.000Z',
  updatedAt: '2026-11-24T08:00:00.000Z',
};
const HOST = { targetPort: 80, protocol: 'tcp', publishedPort: 8080, publishMode: 'host' } as const;
const CHOSEN = { targetPort: 80, protocol: 'tcp', publishMode: 'ingress' } as const;

describe('whether a service is as it was asked for, when nobody knows what became of the request', () => {
  it.each<[string, ServiceChanges, boolean]>([
    ['nothing was asked for', {}, true],
    ['all its labels were', { labels: { team: 'web' } }, true],
    ['its labels were to be cleared, and are not', { labels: {} }, false],
    ['a label was to come, and has not', { labels: { team: 'web', tier: '1' } }, false],
    ['its image was, which somebody has pinned', { image: 'nginx:1.29' }, true],
    ['its image was, with its digest', { image: 'nginx:1.29@sha256:aa' }, true],
    ['its image was, with another digest', { image: 'nginx:1.29@sha256:bb' }, false],
    ['another tag was', { image: 'nginx:1.30' }, false],
    ['its ports were, one of them wherever the swarm likes', { ports: [CHOSEN, HOST] }, true],
    ['its port was to be published on each node, and is not', { ports: [{ ...HOST, publishMode: 'ingress' }, CHOSEN] }, false],
    ['its port was to be published on its nodes only, and is not', { ports: [HOST, { ...CHOSEN, publishMode: 'host' }] }, false],
    ['one port was to go, and has not', { ports: [HOST] }, false],
    ['its ports were to go, and have not', { ports: [] }, false],
    ['another published port was', { ports: [{ ...HOST, publishedPort: 8081 }, CHOSEN] }, false],
    ['another protocol was', { ports: [{ ...HOST, protocol: 'udp' }, CHOSEN] }, false],
    ['its networks were, in another order', { networks: [{ target: 'n2', aliases: [] }, { target: 'n1', aliases: ['b', 'a'] }] }, true],
    ['a network was to go, and has not', { networks: [{ target: 'n1', aliases: ['a', 'b'] }] }, false],
    ['its aliases were to be cleared, and are not', { networks: [{ target: 'n1', aliases: [] }, { target: 'n2', aliases: [] }] }, false],
    ['its command was', { command: ['run'] }, true],
    ['its command was to be cleared, and is not', { command: [] }, false],
    ['other replicas were', { replicas: 3 }, false],
    ['another endpoint mode was', { endpointMode: 'dnsrr' }, false],
  ])('%s', (_what, asked, fits) => {
    expect(isAsAsked(asked, SERVICE)).toBe(fits);
  });

  it('is another one under another name', () => {
    expect(isAsAsked({ name: 'web' }, SERVICE)).toBe(true);
    expect(isAsAsked({ name: 'api' }, SERVICE)).toBe(false);
  });

  it('with an image of no tag, which means the latest', () => {
    const latest = { ...SERVICE, image: 'host:5000/nginx:latest', imageDigest: null };
    expect(isAsAsked({ image: 'host:5000/nginx' }, latest)).toBe(true);
    expect(isAsAsked({ image: 'nginx' }, latest)).toBe(false);
  });
});

describe('a change of a service on networks that have no address left', () => {
  const FULL = ['n1', 'n2', 'n3'].map((id) => ({ id, name: id, ipam: { pools: [{ subnet: '10.0.0.0/29', ipRange: null, usage: { free: '0' } }] } }) as unknown as Network);
  const GLOBAL: Service = { ...SERVICE, mode: 'global', replicas: null };
  const aView = (...tasks: readonly ObservedTask[]): SwarmView =>
    ({
      group: { speaker: 'one' },
      nodes: ['a', 'b', 'c'].map((id) => ({ id, state: 'ready', availability: 'active' })),
      services: [],
      tasks: tasks.map((task) => ({ ...task, addresses: task.networks })),
    }) as unknown as SwarmView;
  const aTask = (nodeId: string | null, ...networks: readonly string[]): ObservedTask =>
    anObservedTask(`t-${nodeId}`, { serviceId: 's1', nodeId, state: nodeId === null ? 'new' : 'running', networks: networks.map((networkId) => ({ networkId, networkName: networkId, addresses: [] })) });
  const change = (standing: Service, changes: ServiceChanges, view: SwarmView) => () =>
    refuseBeyondAddresses(planned(standing, changes), FULL.filter(({ id }) => (changes.networks ?? [{ target: 'n1' }]).some(({ target }) => target === id)), view, standing);

  it.each<[string, ServiceChanges]>([
    ['its labels', { labels: {} }],
    ['its image', { image: 'nginx:1.30' }],
    ['its ports', { ports: [] }],
    ['its command', { command: [] }],
    ['its replicas, to fewer that are still too many', { replicas: 1 }],
    ['its networks, to fewer', { networks: [{ target: 'n1', aliases: [] }] }],
  ])('is not refused where tasks wait already and it is one of %s', (_what, changes) => {
    expect(change(SERVICE, changes, aView(aTask(null)))).not.toThrow();
  });

  it.each<[string, ServiceChanges, Service]>([
    ['more replicas', { replicas: 3 }, SERVICE],
    ['a further network', { networks: [{ target: 'n3', aliases: [] }] }, SERVICE],
    ['a virtual address', { endpointMode: 'vip' }, { ...SERVICE, endpointMode: 'dnsrr' }],
  ])('is refused where it is one to %s', (_what, changes, standing) => {
    expect(change(standing, changes, aView(aTask('a', 'n1'), aTask(null)))).toThrow('more addresses');
  });

  it('counts of a global service the nodes that it has tasks on, since others may not be for it', () => {
    const networks = [{ target: 'n3', aliases: [] }];
    expect(change({ ...GLOBAL, endpointMode: 'dnsrr' }, { networks }, aView())).not.toThrow();
    expect(change({ ...GLOBAL, endpointMode: 'dnsrr' }, { networks }, aView(aTask('a', 'n1')))).toThrow('would need 2 more addresses');
  });
});
