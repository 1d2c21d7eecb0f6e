import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineLab, failureOf } from './engine-lab.js';

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
