import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet } from '../builders/a-network.js';
import { failureOf } from '../docker/engine-lab.js';
import { eventually } from '../support/eventually.js';
import { startPrivatePodman, type PrivatePodman } from '../support/private-podman.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf, type Answer, type Face } from './face.js';
import { FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { untilConnected } from './service.js';

let podman: PrivatePodman;
let app: StartedApp;

beforeAll(async () => {
  podman = await startPrivatePodman();
  await podman.exec('ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'far-end');
  app = await startApp({ engines: [{ name: 'pod', endpoint: podman.endpoint }], allowHostNetwork: true });
  await untilConnected(app, ['pod']);
  valueOf(await restFace(app).createNetwork(aNetwork({ name: 'standing', ipam: { pools: [{ subnet: '10.77.0.0/24' }] } })));
});

afterAll(async () => {
  await app.close();
  await podman.stop();
});

function unsupported(answer: Answer<unknown>, field?: string): void {
  const refusal = refusalOf(answer);
  expect(refusal).toMatchObject({ code: 'UNSUPPORTED_BY_ENGINE', status: 501 });
  if (field !== undefined) expect(refusal.extras['errors']).toMatchObject([{ field }]);
}

async function withBox(face: Face, input: object, look: (id: string) => Promise<void>): Promise<void> {
  const { id } = valueOf(await face.createContainer(aContainer({ ...input })));
  await look(id);
  valueOf(await face.removeContainer(id, { force: true }));
}

/** The limits that docs/compatibility.md lists, by its words, and what shows each of them. */
const LIMITS: Readonly<Record<string, (face: Face) => Promise<void>>> = {
  'Network settings that Podman lacks': async (face) => {
    for (const [input, field] of [
      [{ attachable: true }, 'attachable'],
      [{ configOnly: true, ipam: undefined }, 'configOnly'],
      [{ ipam: { options: { a: 'b' } } }, 'ipam.options'],
      [{ ipam: { pools: [{ subnet: '10.78.0.0/24', auxiliaryAddresses: { router: '10.78.0.9' } }] } }, 'ipam.pools.auxiliaryAddresses'],
    ] as const) {
      unsupported(await face.createNetwork(aNetwork({ ...input })), field);
    }
    unsupported(await face.createNetwork(aNetwork({ ipv4Enabled: false, ipv6Enabled: true, ipam: { pools: [{ subnet: 'fd00:78::/64' }] } })));
  },
  'Attachment settings that Podman lacks': async (face) => {
    await withBox(face, {}, async (container) => {
      const where = { network: 'standing', container };
      unsupported(await face.attach({ ...where, driverOptions: { a: 'b' } }), 'driverOptions');
      unsupported(await face.attach({ ...where, links: [`${container}:self`] }), 'links');
      unsupported(await face.attach({ ...where, gatewayPriority: 5 }));
      unsupported(await face.attach({ ...where, macAddress: '02:42:0a:0a:00:01' }));
      unsupported(await face.createContainer(aContainer({ links: [`${container}:peer`] })), 'links');
      expect(valueOf(await face.listAttachments({ container })).total).toBe(1);
    });
  },
  'Dry runs': async (face) => {
    expect((await face.createNetwork(aNetwork({ attachable: true }), { dryRun: true })).ok).toBe(true);
  },
  'Drivers': async (face) => {
    expect(refusalOf(await face.createNetwork(aNetwork({ driver: 'ipvlan', options: { parent: 'uplink' } })))).toMatchObject({ code: 'UNKNOWN_DRIVER', status: 422 });
    expect(refusalOf(await face.createNetwork({ name: 'wide', driver: 'overlay' }))).toMatchObject({ code: 'NOT_SWARM_MANAGER', status: 409 });
  },
  'Driver options': async (face) => {
    const options = { 'com.docker.network.driver.mtu': '1400', 'com.docker.network.bridge.name': 'br-limits' };
    const input = aNetwork({ options: { ...options, 'com.example.other': 'x' } });
    const { value, warnings } = doneOf(await face.createNetwork(input));
    expect(value.options).toEqual({ mtu: '1400' });
    expect(warnings.join()).toContain('com.example.other');
    expect((await face.removeNetwork(value.id)).ok).toBe(true);
    const onUplink = valueOf(await face.createNetwork(aNetwork({ driver: 'macvlan', options: { parent: 'uplink' } })));
    expect(onUplink).toMatchObject({ driver: 'macvlan', options: {} });
    expect((await face.removeNetwork(onUplink.id)).ok).toBe(true);
  },
  'Address ranges': async (face) => {
    const subnet = aSubnet();
    const input = aNetwork({ ipam: { pools: [{ subnet, ipRange: subnet.replace('.0/24', '.128/25') }] } });
    expect(valueOf(await face.createNetwork(input)).ipam.pools).toMatchObject([{ subnet, ipRange: null }]);
    await withBox(face, { networks: [{ network: input.name }] }, async (id) => {
      const [attachment] = valueOf(await face.getContainer(id)).attachments;
      expect(Number(attachment?.ipv4Address?.split('.')[3])).toBeGreaterThan(127);
    });
    expect((await face.removeNetwork(input.name)).ok).toBe(true);
  },
  'Static addresses': async (face) => {
    const place = { network: 'standing', ipv4Address: '10.77.0.50' };
    await withBox(face, { networks: [place] }, async (container) => {
      expect(doneOf(await face.attach({ ...place, container }))).toMatchObject({ changed: false });
      expect(refusalOf(await face.attach({ ...place, container, ipv4Address: '10.77.0.51' })).code).toBe('ATTACHMENT_DIFFERS');
      const stopped = valueOf(await face.stopContainer(container, { timeoutSeconds: 0 }));
      expect(stopped.attachments).toMatchObject([{ active: false, ipv4Address: null }]);
    });
  },
  'Network mode': async (face) => {
    await withBox(face, { networks: [{ network: 'standing' }, { network: 'bridge' }] }, async (id) => {
      expect(valueOf(await face.getContainer(id)).networkMode).toBe('bridge');
    });
  },
  'host and none': async (face) => {
    const { items } = valueOf(await face.listNetworks({ builtin: true }));
    expect(items.map(({ name }) => name)).toEqual(['bridge']);
    await withBox(face, { networkMode: 'none' }, async (id) => {
      expect(valueOf(await face.getContainer(id))).toMatchObject({ networkMode: 'none', attachments: [] });
    });
  },
  'Endpoint ids': async (face) => {
    await withBox(face, {}, async (id) => {
      expect(valueOf(await face.getContainer(id)).attachments).toMatchObject([{ active: true, endpointId: id }]);
    });
  },
  'Images': async (face) => {
    await withBox(face, { start: false, image: 'fl-busybox:latest' }, async (id) => {
      expect(valueOf(await face.getContainer(id)).image).toBe('fl-busybox');
    });
  },
  'Ephemeral ports': async (face) => {
    await withBox(face, { start: false, publishedPorts: [{ containerPort: 80 }] }, async (id) => {
      expect(valueOf(await face.getContainer(id)).publishedPorts[0]?.hostPort).toBeGreaterThan(1023);
    });
  },
  'Containers that others share the network of': async (face) => {
    await withBox(face, {}, async (id) => {
      const sharing = valueOf(await face.createContainer(aContainer({ networkMode: `container:${id}` })));
      expect(refusalOf(await face.removeContainer(id, { force: true }))).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
      valueOf(await face.removeContainer(sharing.id, { force: true }));
    });
  },
  'Events of networks and attachments': async (face) => {
    await withBox(face, {}, async (container) => {
      const name = `told-${container.slice(0, 8)}`;
      valueOf(await face.createNetwork(aNetwork({ name })));
      valueOf(await face.attach({ network: name, container }));
      await eventually(async () => {
        const { items } = valueOf(await restFace(app).events({ networks: [name] }));
        const told = items.map(({ type, origin, cause }) => [type, origin, cause === null]);
        expect(told).toEqual([
          ['network.created', 'resync', false],
          ['attachment.created', 'resync', false],
          ['attachment.activated', 'resync', false],
        ]);
      }, { timeoutMs: 25_000 });
      const { items } = valueOf(await face.events({ containers: [container], types: ['container.*'] }));
      expect(items.map(({ type, origin }) => [type, origin])).toEqual([
        ['container.created', 'engine'],
        ['container.started', 'engine'],
      ]);
    });
  },
  'Attaches of others that failed': async (face) => {
    await withBox(face, {}, async (container) => {
      const gateway = new DockerodeGateway({ name: 'pod', endpoint: podman.endpoint });
      const standing = valueOf(await face.getNetwork('standing')).engineId;
      // What fails through Fairlead is taken off again.
      const failed = await failureOf(gateway.connectContainer(standing, container, { ipv4Address: '10.99.0.9' }));
      expect(failed?.code).toBe('ADDRESS_OUTSIDE_SUBNET');
      expect((await gateway.inspectContainer(container))?.endpoints).toHaveLength(1);
      await podman.docker('network', 'connect', '--ip', '10.99.0.9', 'standing', container).catch(() => undefined);
      const speechless = await failureOf(gateway.listContainers());
      expect([speechless?.code, speechless?.detail]).toEqual(['ENGINE_ERROR', expect.stringContaining('podman network disconnect')]);
      expect(valueOf(await face.getContainer(container)).attachments).toMatchObject([{ active: true, networkName: 'bridge' }]);
      await podman.docker('network', 'disconnect', 'standing', container).catch(() => undefined);
      expect((await gateway.inspectContainer(container))?.endpoints).toHaveLength(1);
      await gateway.close();
      await untilConnected(app, ['pod']);
    });
  },
  'Names': async (face) => {
    await withBox(face, { hostname: 'house', networks: [{ network: 'standing', aliases: ['api'] }] }, async (id) => {
      const { name, hostname, attachments } = valueOf(await face.getContainer(id));
      expect([hostname, attachments[0]?.dnsNames]).toEqual(['house', [name, 'api', id.slice(0, 12)]]);
      await expect(podman.docker('exec', name, 'ping', '-c', '1', '-W', '5', 'api')).resolves.toContain('1 packets received');
    });
  },
};

it('docs/compatibility.md lists these limits of Podman and no others', () => {
  const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Podman'));
  const listed = [...section.matchAll(/^\| (?!what|---)(.+?) \|/gm)].map(([, what]) => what);
  expect(listed).toEqual(Object.keys(LIMITS));
});

describe.each(FACES)('of a Podman through %s', (_name, faceOf) => {
  it.each(Object.entries(LIMITS))('%s: as documented', async (_what, show) => {
    await show(faceOf(app));
  });
});
