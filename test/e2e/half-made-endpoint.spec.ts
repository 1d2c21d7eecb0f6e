import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownRunFolder } from '../../scripts/lab.ts';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { addLinks } from './traffic.js';

let engine: PrivateEngine;
let door: Server;
let service: ServiceProcess;
/** What the door does with a request in place of letting it through: the engine never hears of that one. */
let keepBack: ((request: IncomingMessage) => 'lost' | 'refused' | undefined) | undefined;
let hasIpvlan: boolean;

beforeAll(async () => {
  engine = await startPrivateEngine({ name: 'local' });
  const socketPath = join(ownRunFolder(), 'door.sock');
  door = createServer((asked, answer) => {
    const kept = keepBack?.(asked);
    if (kept === 'lost') return;
    if (kept === 'refused') return void answer.writeHead(500).end('{"message": "not now"}');
    const { method, url, headers } = asked;
    const passedOn = request({ socketPath: engine.servedAt, method, path: url, headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      answer.flushHeaders();
      told.pipe(answer);
    });
    passedOn.on('error', () => answer.destroy());
    answer.on('close', () => passedOn.destroy());
    asked.pipe(passedOn);
  });
  await new Promise<void>((resolve) => door.listen(socketPath, resolve));
  service = await startServiceProcess({ engines: [{ name: 'local', endpoint: `unix://${socketPath}` }] });
  await service.untilConnected();
  await addLinks(engine, 'up0', 'far0');
  await engine.docker('network', 'create', '--driver', 'ipvlan', '--opt', 'parent=up0', '--subnet', '10.86.0.0/24', 'wire');
  await engine.docker('run', '--detach', '--name', 'box', 'fl-busybox', 'sleep', '1000');
  await eventually(async () => {
    for (const path of ['/v1/networks/wire', '/v1/containers/box']) expect((await service.get(path)).status).toBe(200);
  });
  hasIpvlan = await engine.exec('ip', 'link', 'add', 'link', 'up0', 'name', 'probe0', 'type', 'ipvlan').then(() => true, () => false);
});
afterAll(async () => {
  await service.stop();
  door.closeAllConnections();
  await new Promise((resolve) => door.close(resolve));
  await engine.stop();
});

/** The removal of a network: the one of the second network of the name is the only one here. */
const isRemoval = ({ method, url = '' }: IncomingMessage): boolean => method === 'DELETE' && url.includes('/networks/');
const namedWire = async (): Promise<string[]> => (await engine.docker('network', 'ls', '--quiet', '--filter', 'name=wire')).split('\n');
const attach = () => service.send('PUT', '/v1/networks/wire/attachments/box', {});

it('what an attachment that the kernel cannot make needs for a moment is gone again where the service is killed just then', async () => {
  // Where the kernel has ipvlan, nothing is ever half made.
  if (hasIpvlan) return;
  const caught = Promise.withResolvers<void>();
  keepBack = (asked) => {
    if (!isRemoval(asked)) return undefined;
    caught.resolve();
    return 'lost';
  };
  const asked = attach().catch(() => undefined);
  await caught.promise;
  await service.kill('SIGKILL');
  await asked;
  keepBack = undefined;
  expect(await namedWire()).toHaveLength(2);

  await service.start();
  await service.untilConnected();

  await eventually(async () => expect(await namedWire()).toHaveLength(1));
  expect((await service.get('/v1/networks/wire')).body).toMatchObject({ driver: 'ipvlan', attachmentCount: 0 });
  expect((await service.get('/v1/containers/box')).body).toMatchObject({ attachments: [{ networkName: 'bridge' }] });
});

it('and does not hide what the engine said where it cannot be taken away at once; that is done later', async () => {
  if (hasIpvlan) return;
  keepBack = (asked) => (isRemoval(asked) ? 'refused' : undefined);
  const refused = await attach();
  expect(refused).toMatchObject({ status: 501, body: { code: 'UNSUPPORTED_BY_ENGINE' } });
  expect(refused.body.detail).not.toContain('can be detached once');
  expect(await namedWire()).toHaveLength(2);
  keepBack = undefined;
  expect((await service.send('POST', '/v1/networks', { name: 'next', ipam: { pools: [{ subnet: '10.87.0.0/24' }] } })).status).toBe(201);
  expect(await namedWire()).toHaveLength(1);
});
