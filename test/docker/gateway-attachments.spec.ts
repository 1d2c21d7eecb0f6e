import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';

let lab: EngineLab;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'gateway-attachments' });
});
afterAll(() => lab.stop());

describe('attachments', () => {
  it('are made with their settings and taken away, running or not', async () => {
    const network = await lab.network('second', { pools: [{ subnet: '10.84.0.0/24' }] });
    for (const isRunning of [true, false]) {
      const id = await (isRunning ? lab.running() : lab.container());
      await lab.gateway.connectContainer(network, id, {
        ipv4Address: '10.84.0.9',
        aliases: ['web'],
        links: ['a:b'],
        driverOptions: { some: 'option' },
      });
      const endpoint = async () =>
        (await lab.gateway.inspectContainer(id))?.endpoints.find(({ networkName }) => networkName === 'second');
      expect(await endpoint()).toMatchObject({
        ipv4Address: isRunning ? '10.84.0.9' : null,
        requestedIpv4Address: '10.84.0.9',
        aliases: ['web'],
        links: ['a:b'],
        driverOptions: { some: 'option' },
      });
      expect(await lab.gateway.listContainerIdsOnNetwork({ id: network, name: 'second' })).toEqual([id]);
      await lab.gateway.disconnectContainer(network, id, { force: false });
      expect(await endpoint()).toBeUndefined();
      await lab.gateway.removeContainer(id, { force: true });
    }
    await lab.gateway.removeNetwork(network);
  });

  it('refuse what an engine of API 1.41 would drop without a word', async () => {
    const attach = lab.gateway.connectContainer('bridge', 'any', { macAddress: '02:42:00:00:00:01' });
    expect(await failureOf(attach)).toMatchObject({
      code: 'UNSUPPORTED_BY_ENGINE',
      extras: { requiredApiVersion: '1.54', engineApiVersion: '1.41' },
    });
    const prioritised = lab.container({ endpoint: { gatewayPriority: 1 } });
    expect(await failureOf(prioritised)).toMatchObject({ extras: { requiredApiVersion: '1.48' } });
    const withoutIpv4 = lab.network('six', { ipv4Enabled: false });
    expect(await failureOf(withoutIpv4)).toMatchObject({ extras: { requiredApiVersion: '1.48' } });
  });
});

describe('a phantom, left by a failed attachment of a running container,', () => {
  const phantom = async (container: string): Promise<void> => {
    await codeOf(lab.gateway.connectContainer('wide', container, { ipv4Address: '10.99.0.5' }));
    expect((await lab.gateway.inspectContainer(container))?.endpoints).toHaveLength(2);
  };
  const detach = (container: string): Promise<void> =>
    lab.gateway.disconnectContainer('wide', container, { force: false });

  beforeAll(() => lab.network('wide', { pools: [{ subnet: '10.40.0.0/24' }] }));

  it('can not be detached, forced or not, and forbids the next start', async () => {
    await lab.withContainer(true, async (container) => {
      await phantom(container);
      expect(await codeOf(detach(container))).toBe('ATTACHMENT_NOT_FOUND');
      const forced = lab.gateway.disconnectContainer('wide', container, { force: true });
      expect(await codeOf(forced)).toBe('ATTACHMENT_NOT_FOUND');
      expect(await codeOf(lab.gateway.restartContainer(container, 0))).toBe('ADDRESS_OUTSIDE_SUBNET');
      expect((await lab.gateway.inspectContainer(container))?.running).toBe(false);
    });
  });

  it('is cured, while it runs, by attaching correctly and detaching', async () => {
    await lab.withContainer(true, async (container) => {
      await phantom(container);
      await lab.gateway.connectContainer('wide', container, {});
      await detach(container);
      expect((await lab.gateway.inspectContainer(container))?.endpoints).toHaveLength(1);
      await lab.gateway.restartContainer(container, 0);
    });
  });

  it('is cured, once stopped, by detaching', async () => {
    await lab.withContainer(true, async (container) => {
      await phantom(container);
      await lab.gateway.stopContainer(container, 0);
      await detach(container);
      await lab.gateway.startContainer(container);
      expect((await lab.gateway.inspectContainer(container))?.endpoints).toHaveLength(1);
    });
  });
});

describe('the gateway that the engine chooses, which only an endpoint tells,', () => {
  it.each([
    ['the first address of the subnet', { subnet: '10.91.0.0/24' }, '10.91.0.1'],
    ['the very first of the range, even if it ends in zeros', { subnet: '10.92.0.0/24', ipRange: '10.92.0.64/26' }, '10.92.0.64'],
    ['the first of the subnet where the range begins with it', { subnet: '10.93.0.0/24', ipRange: '10.93.0.0/25' }, '10.93.0.1'],
    ['the first of an IPv6 subnet', { subnet: 'fd00:94::/64' }, 'fd00:94::1'],
    ['the very first of an IPv6 range', { subnet: 'fd00:95::/64', ipRange: 'fd00:95::8000/113' }, 'fd00:95::8000'],
  ])('is %s', async (_, pool, chosen) => {
    const isIpv6 = pool.subnet.includes(':');
    const pools = isIpv6 ? [{ subnet: '10.90.0.0/24' }, pool] : [pool];
    const network = await lab.network('chosen', { pools, ipv6Enabled: isIpv6 });
    const container = await lab.running({ networkMode: 'chosen' });
    const endpoint = (await lab.gateway.inspectContainer(container))?.endpoints[0];
    expect(isIpv6 ? endpoint?.ipv6Gateway : endpoint?.gateway).toBe(chosen);
    expect((await lab.gateway.inspectNetwork(network))?.pools.at(-1)?.gateway).toBeNull();
    await lab.gateway.removeContainer(container, { force: true });
    await lab.gateway.removeNetwork(network);
  });
});
