import { describe, expect, it } from 'vitest';
import { toObservedEngine } from '../../src/docker/docker.mapper.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { NEWER_VERSIONS, recorded, RecordedEngine, type NewerVersion } from './recorded-engine.js';

const [MANAGER, WORKER] = ['m1nodeshop7k2v9x4c8z3p5q6', 'w2nodeedge5t8n1b6m3k9v7x4'];
const [WEB, AGENT] = ['s1serviceweb9k4x7v2c8m5z3', 's2serviceagent6p1q8t4n7b2'];
const NETWORK = 'n1networkback3z9v5k7x2c8m';

/** The swarm as the gateway reads it from an engine that gives these answers. */
async function swarmOf(version: NewerVersion) {
  const engine = await RecordedEngine.start(version);
  const gateway = new DockerodeGateway({ name: 'newer', endpoint: engine.endpoint });
  try {
    await gateway.connect();
    return await gateway.swarm.inspect();
  } finally {
    await gateway.close();
    await engine.stop();
  }
}

describe.each(NEWER_VERSIONS)('answers of a manager of API %s', (version) => {
  it('tell that it leads a swarm, and where it is reached', () => {
    expect(toObservedEngine(recorded(version, 'version'), recorded(version, 'info-manager'), version)).toMatchObject({
      swarmRole: 'manager',
      membership: { nodeId: MANAGER, address: '10.60.0.1', managerAddresses: ['10.60.0.1:2377'], problem: null },
    });
  });

  it('tell of the swarm and its nodes', async () => {
    expect(await swarmOf(version)).toMatchObject({
      id: recorded(version, 'swarm')['ID'],
      defaultAddressPools: ['10.0.0.0/8'],
      subnetSize: 24,
      dataPathPort: 4789,
      nodes: [
        {
          ...{ id: MANAGER, version: 9, hostname: 'shop-host', role: 'manager', availability: 'active', state: 'ready', labels: { room: 'front' } },
          ...{ message: null, address: '10.60.0.1', leader: true, reachability: 'reachable', managerAddress: '10.60.0.1:2377' },
          engineVersion: recorded(version, 'version')['Version'],
        },
        {
          ...{ id: WORKER, hostname: 'edge-host', role: 'worker', availability: 'drain', state: 'down', message: 'heartbeat failure' },
          ...{ leader: false, reachability: null, managerAddress: null },
        },
      ],
    });
  });

  it('tell of services, replicated and on each node', async () => {
    expect((await swarmOf(version)).services).toMatchObject([
      {
        ...{ id: WEB, version: 24, name: 'web', image: 'web:1', imageDigest: `sha256:${'ab'.repeat(32)}`, command: ['httpd', '-f'] },
        ...{ mode: 'replicated', replicas: 2, endpointMode: 'vip', labels: { team: 'blue' }, updateState: 'completed' },
        networks: [{ target: NETWORK, aliases: ['www'] }],
        virtualAddresses: [{ address: '10.0.0.5' }, { networkId: NETWORK, address: '10.61.0.2', prefixLength: 24 }],
        ports: [{ protocol: 'tcp', targetPort: 80, publishedPort: 30_000, publishMode: 'ingress' }],
      },
      {
        ...{ id: AGENT, name: 'agent', image: 'agent:2', imageDigest: null, command: [], mode: 'global', replicas: null },
        ...{ endpointMode: 'dnsrr', virtualAddresses: [], updateState: null },
        ports: [{ protocol: 'udp', targetPort: 53, publishedPort: 5353, publishMode: 'host' }],
      },
    ]);
  });

  it('tell of the tasks of services, and not of containers that are attached by hand', async () => {
    const on = (address: string) => [{ networkId: NETWORK, networkName: 'back', addresses: [{ address, prefixLength: 24 }] }];
    expect((await swarmOf(version)).tasks).toMatchObject([
      { serviceId: WEB, slot: 1, nodeId: MANAGER, state: 'running', error: null, containerId: 'cd'.repeat(32), networks: on('10.61.0.3') },
      { serviceId: WEB, slot: 2, nodeId: null, state: 'pending', error: 'no suitable node', containerId: null, networks: on('10.61.0.4') },
      { serviceId: AGENT, slot: null, nodeId: MANAGER, state: 'running', containerId: 'ef'.repeat(32), networks: on('10.61.0.5') },
    ]);
    expect((await swarmOf(version)).tasks).toHaveLength(3);
  });
});
