import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineLab, failureOf } from './engine-lab.js';

/** Engines look for plugins in a folder of the machine's, so the name must be nobody else's. */
const PLUGIN = `fairlead-test-${process.pid}`;
const FOLDER = '/run/docker/plugins';
const SOCKET = `${FOLDER}/${PLUGIN}.sock`;

const ANSWERS: Readonly<Record<string, object>> = {
  '/Plugin.Activate': { Implements: ['IpamDriver'] },
  '/IpamDriver.GetDefaultAddressSpaces': { LocalDefaultAddressSpace: 'here', GlobalDefaultAddressSpace: 'there' },
  '/IpamDriver.RequestPool': { PoolID: 'pool', Pool: '10.70.0.0/24', Data: {} },
  '/IpamDriver.RequestAddress': { Address: '10.70.0.1/24', Data: {} },
  '/IpamDriver.ReleasePool': {},
  '/IpamDriver.ReleaseAddress': {},
};

let lab: EngineLab;
let plugin: Server;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  plugin = createServer((request, response) => {
    const answer = ANSWERS[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { Error: 'not implemented' }));
  });
  await new Promise<void>((resolve) => plugin.listen(SOCKET, resolve));
  lab = await EngineLab.start({ name: 'plugin-rows' });
});
afterAll(async () => {
  await lab.stop();
  rmSync(SOCKET, { force: true });
});

describe('a network whose addresses a plugin gives', () => {
  it('shows the pool and the gateway that the plugin chose', async () => {
    const id = await lab.network('given', { ipamDriver: PLUGIN });
    expect(await lab.gateway.inspectNetwork(id)).toMatchObject({
      ipamDriver: PLUGIN,
      pools: [{ subnet: '10.70.0.0/24', gateway: '10.70.0.1' }],
    });
    await lab.gateway.removeNetwork(id);
  });

  it('#48 is told as an engine in trouble where the plugin is down, after 15 s', async () => {
    plugin.closeAllConnections();
    await new Promise((resolve) => plugin.close(resolve));
    const failure = await failureOf(lab.network('lost', { ipamDriver: PLUGIN }));
    expect(failure).toMatchObject({ code: 'ENGINE_ERROR', detail: expect.stringContaining('plugin') });
  });
});
