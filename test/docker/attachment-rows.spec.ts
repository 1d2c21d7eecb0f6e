import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndpointSpec } from '../../src/docker/docker.gateway.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';

// The rows of engine-facts 3.2 that one engine without a swarm shows.
let lab: EngineLab;
let wide: string;
let anchor: string;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'attachment-rows', addressPool: 'base=10.200.0.0/16,size=24' });
  wide = await lab.network('wide', { pools: [{ subnet: '10.40.0.0/24' }] });
  await lab.network('auto');
  anchor = await lab.running({ name: 'anchor', networkMode: 'wide', endpoint: { ipv4Address: '10.40.0.9' } });
});
afterAll(() => lab.stop());

function attach(network: string, container: string, endpoint: EndpointSpec = {}): Promise<void> {
  return lab.gateway.connectContainer(network, container, endpoint);
}

async function endpointOn(container: string, network: string) {
  const seen = await lab.gateway.inspectContainer(container);
  return seen?.endpoints.find(({ networkName }) => networkName === network);
}

type Row = readonly [title: string, network: string, endpoint: EndpointSpec, code: ErrorCode];

const REFUSED: readonly Row[] = [
  ['#49 an unknown network', 'nosuch', {}, 'NETWORK_NOT_FOUND'],
  ['#54 a network that it is on', 'bridge', {}, 'ALREADY_ATTACHED'],
  ['#59 a static address where the engine chose the subnet', 'auto', { ipv4Address: '10.200.0.77' }, 'SUBNET_REQUIRED'],
  ['#59 an IPv6 address on a network without IPv6', 'wide', { ipv6Address: 'fd00::5' }, 'SUBNET_REQUIRED'],
  ['#60 an address outside of the subnet', 'wide', { ipv4Address: '10.99.0.5' }, 'ADDRESS_OUTSIDE_SUBNET'],
  ['#61 an address that is none', 'wide', { ipv4Address: 'foo' }, 'VALIDATION_FAILED'],
  ['#62 an address in use', 'wide', { ipv4Address: '10.40.0.9' }, 'ADDRESS_IN_USE'],
  ['#62 the address of the gateway', 'wide', { ipv4Address: '10.40.0.1' }, 'ADDRESS_IN_USE'],
  ['#62 the broadcast address', 'wide', { ipv4Address: '10.40.0.255' }, 'ADDRESS_IN_USE'],
  ['#65 a link of three parts', 'wide', { links: ['a:b:c'] }, 'VALIDATION_FAILED'],
  ['#67 the network none', 'none', {}, 'ATTACHMENT_IMPOSSIBLE'],
  ['#68 the network host', 'host', {}, 'ATTACHMENT_IMPOSSIBLE'],
];

describe('attaching a running container is refused by a real engine for', () => {
  it.each(REFUSED)('%s', async (_, network, endpoint, code) => {
    await lab.withContainer(true, async (container) => {
      const failure = await failureOf(attach(network, container, endpoint));
      expect(failure?.code).toBe(code);
      expect(failure?.extras.engineMessage).toBeTruthy();
      expect(failure?.detail).not.toContain('$');
    });
  });

  it.each([
    ['#57 a static address on the default bridge', { ipv4Address: '172.17.0.77' }, 'ADDRESS_NOT_ASSIGNABLE'],
    ['#58 an alias on the default bridge', { aliases: ['web'] }, 'VALIDATION_FAILED'],
  ] as const)('%s', async (_, endpoint, code) => {
    const container = await lab.running({ networkMode: 'auto' });
    expect(await codeOf(attach('bridge', container, endpoint))).toBe(code);
    await lab.gateway.removeContainer(container, { force: true });
  });

  it('#51 an unknown container', async () => {
    expect(await codeOf(attach(wide, 'nosuch'))).toBe('CONTAINER_NOT_FOUND');
  });

  it('#52 no container', async () => {
    expect(await codeOf(attach(wide, ''))).toBe('VALIDATION_FAILED');
  });

  it('#53 the beginning of two ids', async () => {
    const ids = await Promise.all(Array.from({ length: 17 }, () => lab.container()));
    const first = ids.map((id) => id.slice(0, 1));
    const twice = first.find((letter, index) => first.indexOf(letter) !== index) ?? '';
    expect(await codeOf(attach(wide, twice))).toBe('AMBIGUOUS_REFERENCE');
    await Promise.all(ids.map((id) => lab.gateway.removeContainer(id, { force: true })));
  });

  it('#63 a network without a free address', async () => {
    const tiny = await lab.network('tiny', { pools: [{ subnet: '10.41.0.0/30' }] });
    await lab.withContainer(true, async (first) => {
      await attach(tiny, first);
      await lab.withContainer(true, async (second) => {
        expect(await codeOf(attach(tiny, second))).toBe('ADDRESS_POOL_EXHAUSTED');
      });
    });
  });

  it("#66 a container on the host's or another container's network", async () => {
    const host = await lab.running({ networkMode: 'host' });
    const sharing = await lab.running({ networkMode: `container:${anchor}` });
    expect(await codeOf(attach(wide, host))).toBe('ATTACHMENT_IMPOSSIBLE');
    expect(await codeOf(attach(wide, sharing))).toBe('ATTACHMENT_IMPOSSIBLE');
    const detachments = [
      lab.gateway.disconnectContainer('host', host, { force: false }), // #78
      lab.gateway.disconnectContainer(wide, sharing, { force: true }), // #74
    ];
    expect(await Promise.all(detachments.map(codeOf))).toEqual(['ATTACHMENT_IMPOSSIBLE', 'ATTACHMENT_NOT_FOUND']);
    for (const id of [host, sharing]) await lab.gateway.removeContainer(id, { force: true });
  });

  it('#67 a container on the network none', async () => {
    const lonely = await lab.running({ networkMode: 'none' });
    expect(await codeOf(attach(wide, lonely))).toBe('ATTACHMENT_IMPOSSIBLE');
    await lab.gateway.removeContainer(lonely, { force: true });
  });

  it('#69 a configuration-only network', async () => {
    const config = await lab.network('configonly', { configOnly: true, pools: [{ subnet: '10.41.1.0/24' }] });
    await lab.withContainer(true, async (container) => {
      expect(await codeOf(attach(config, container))).toBe('NETWORK_NOT_ATTACHABLE');
    });
  });

  it('#70, #71 a container that is being removed, or is gone', async () => {
    const told = new Map<string, string>();
    const note = async (container: string): Promise<void> => {
      const failure = await failureOf(attach(wide, container));
      if (failure !== undefined) told.set(failure.code, failure.extras.engineMessage ?? '');
    };
    // The engine is at it for some 20 ms only, in which some attachments are even taken.
    for (let round = 0; round < 20 && told.size < 2; round += 1) {
      const container = await lab.running();
      const removal = lab.gateway.removeContainer(container, { force: true });
      while ((await lab.gateway.inspectContainer(container)) !== undefined) await note(container);
      await removal;
      await note(container);
    }
    expect(told.get('CONTAINER_STATE')).toMatch(/marked for removal|removal in progress|is dead/);
    expect(told.get('CONTAINER_NOT_FOUND')).toMatch(/no such container/i);
    expect(told.size).toBe(2);
  });
});

describe('a failed attachment leaves on a real engine', () => {
  it.each([
    ['#60', { ipv4Address: '10.99.0.5' }],
    ['#61', { ipv4Address: 'foo' }],
    ['#62', { ipv4Address: '10.40.0.9' }],
  ])('%s a phantom entry without a network id', async (_, endpoint) => {
    await lab.withContainer(true, async (container) => {
      await codeOf(attach(wide, container, endpoint));
      expect(await endpointOn(container, 'wide')).toMatchObject({ networkId: null, endpointId: null });
    });
  });

  it('#65 a live endpoint after a link of three parts', async () => {
    await lab.withContainer(true, async (container) => {
      await codeOf(attach(wide, container, { links: ['a:b:c'] }));
      expect(await endpointOn(container, 'wide')).toMatchObject({ networkId: wide, endpointId: expect.any(String) });
    });
  });
});

describe('attaching a stopped container is taken by a real engine, so that the service must check first:', () => {
  it.each([
    ['#50 an unknown network', 'nosuch', {}],
    ['#60 an address outside of the subnet', 'wide', { ipv4Address: '10.99.0.5' }],
    ['#61 an address that is none', 'wide', { ipv4Address: 'foo' }],
    ['#62 an address in use', 'wide', { ipv4Address: '10.40.0.9' }],
    ['#64 a link to nobody', 'wide', { links: ['nosuch:alias'] }],
    ['#64 a bad alias', 'wide', { aliases: ['a b', ''] }],
    ['#64 an unknown driver option', 'wide', { driverOptions: { nobody: 'knows' } }],
  ] as const)('%s', async (_, network, endpoint) => {
    await lab.withContainer(false, async (container) => {
      await attach(network, container, endpoint);
      expect(await endpointOn(container, network)).toMatchObject({ endpointId: null });
    });
  });

  it('#56 a second time with other settings, which are ignored', async () => {
    await lab.withContainer(false, async (container) => {
      await attach(wide, container, { ipv4Address: '10.40.0.50' });
      await attach(wide, container, { ipv4Address: '10.40.0.51' });
      expect(await endpointOn(container, 'wide')).toMatchObject({ requestedIpv4Address: '10.40.0.50' });
    });
  });
});
