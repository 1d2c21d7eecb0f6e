import { networkInterfaces } from 'node:os';
import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { reachOf } from '../../src/docker/engine-reach.js';
import { GatewayRegistry } from '../../src/docker/gateway-registry.js';
import { AddressGuard } from '../../src/outgoing/address-guard.js';
import { NameResolver } from '../../src/outgoing/name-resolver.js';
import { OutgoingTimings } from '../../src/outgoing/outgoing-timings.js';
import { RequestSender } from '../../src/outgoing/request-sender.js';
import { Receiver } from '../webhooks/receiver.js';

/** Names as a test wants them; each look-up of a name takes the next of its answers. */
class Names extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly known: Readonly<Record<string, readonly string[][]>>) {
    super(new OutgoingTimings());
  }

  override async resolve(name: string): Promise<readonly LookupAddress[]> {
    this.asked.push(name);
    const answers = this.known[name];
    if (answers === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
    const answer = answers[Math.min(this.asked.filter((each) => each === name).length, answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }
}

const NAMES = {
  'public.test': [['93.184.216.34', '2606:2800:220:1::1']],
  'private.test': [['10.1.2.3']],
  'mixed.test': [['93.184.216.34', '127.0.0.1']],
  'local.test': [['127.0.0.1']],
  'deep.hooks.test': [['10.9.9.9']],
  'engine.test': [['10.0.0.5']],
};

function guard(allow: string, engines = '[]'): AddressGuard {
  const settings = loadSettings({ FAIRLEAD_WEBHOOK_ALLOW: allow, FAIRLEAD_ENGINES: engines });
  const known = settings.engines.map((engine) => ({ gateway: new DockerodeGateway(engine), reach: reachOf(engine, 'settings') }));
  return new AddressGuard(settings, new GatewayRegistry(known), new Names(NAMES));
}

async function verdict(url: string, allow: string, engines?: string): Promise<string> {
  const checked = await guard(allow, engines).check(new URL(url));
  return 'refused' in checked ? checked.refused : 'allowed';
}

describe('where webhooks may be delivered to', () => {
  it.each([
    ['http://93.184.216.34/', 'allowed'],
    ['https://public.test/x', 'allowed'],
    ['http://10.1.2.3:8080/', 'allowed'],
    ['http://192.168.0.1/', 'allowed'],
    ['http://private.test/', 'allowed'],
    ['http://[fd12:3456::1]/', 'allowed'],
    ['http://[2606:2800:220:1::1]/', 'allowed'],
    ['http://127.0.0.1/', 'loopback'],
    ['http://127.9.9.9/', 'loopback'],
    ['http://0x7f.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0177.0.0.1/', 'loopback'],
    ['http://[::1]/', 'loopback'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://[::127.0.0.1]/', 'loopback'],
    ['http://[64:ff9b::127.0.0.1]/', 'loopback'],
    ['http://[2002:7f00:1::]/', 'loopback'],
    ['http://local.test/', 'loopback'],
    ['http://mixed.test/', 'loopback'],
    ['http://0.0.0.0/', 'unspecified'],
    ['http://0.1.2.3/', 'unspecified'],
    ['http://[::]/', 'unspecified'],
    ['http://169.254.1.1/', 'link-local'],
    ['http://169.254.169.254/latest/meta-data/', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'link-local'],
    ['http://[64:ff9b:1::a9fe:a9fe]/', 'translated'],
    ['http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'tunnelled'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://224.0.0.1/', 'multicast'],
    ['http://[ff02::1]/', 'multicast'],
    ['http://255.255.255.255/', 'reserved'],
    ['http://100.100.100.200/', 'metadata'],
    ['http://168.63.129.16/', 'metadata'],
    ['http://192.0.0.192/', 'metadata'],
    ['http://[fd00:ec2::254]/', 'metadata'],
    ['http://[fd00:ec2::23]/', 'metadata'],
    ['http://[fec0::1]/', 'site-local'],
    ['http://[::ffff:0:7f00:1]/', 'loopback'],
    ['http://[::ffff:0:5db8:d822]/', 'allowed'],
    ['http://[fd00::5efe:a9fe:a9fe]/', 'link-local'],
    ['http://[2001:db8::200:5efe:7f00:1]/', 'loopback'],
    ['http://[2002:5db8:d822::5efe:7f00:1]/', 'loopback'],
    ['http://[2002:7f00:1::5efe:5db8:d822]/', 'loopback'],
    ['http://[fd00::5efe:5db8:d822]/', 'allowed'],
  ])('by default: %s is %s', async (url, wanted) => {
    expect(await verdict(url, '')).toContain(wanted);
    expect(await verdict(url, 'default')).toContain(wanted);
  });

  it.each([
    ['http://127.0.0.1/', '127.0.0.0/8', 'allowed'],
    ['http://[::ffff:127.0.0.1]/', '127.0.0.0/8', 'allowed'],
    ['http://[::1]/', '::1', 'allowed'],
    ['http://[::1]/', '127.0.0.0/8', 'loopback'],
    ['http://127.0.0.1/', 'default, 127.0.0.1', 'allowed'],
    ['http://127.0.0.2/', 'default, 127.0.0.1', 'loopback'],
    ['http://93.184.216.34/', 'default, 127.0.0.1', 'allowed'],
    ['http://93.184.216.34/', '10.0.0.0/8', 'not in FAIRLEAD_WEBHOOK_ALLOW'],
    ['http://private.test/', '10.0.0.0/8', 'allowed'],
    ['http://public.test/', '93.184.216.0/24', 'not in FAIRLEAD_WEBHOOK_ALLOW'],
    ['http://public.test/', 'public.test', 'allowed'],
    ['http://PUBLIC.test/', 'Public.Test', 'allowed'],
    ['http://93.184.216.34/', 'public.test', 'not in FAIRLEAD_WEBHOOK_ALLOW'],
    ['http://deep.hooks.test/', '*.hooks.test', 'allowed'],
    ['http://private.test/', '*.hooks.test', 'not in FAIRLEAD_WEBHOOK_ALLOW'],
    // A name is its owner's to point wherever they like.
    ['http://local.test/', 'local.test', 'loopback'],
    ['http://local.test/', 'local.test, 127.0.0.1', 'allowed'],
    ['http://[64:ff9b::127.0.0.1]/', '64:ff9b::/96', 'loopback'],
  ])('%s with "%s": %s', async (url, allow, wanted) => {
    expect(await verdict(url, allow)).toContain(wanted);
  });

  const own = Object.values(networkInterfaces()).flat().find((each) => each?.family === 'IPv4' && !each.internal)?.address;
  it.each([
    ['http://10.0.0.5:2375/', 'tcp://10.0.0.5:2375', 'is an engine'],
    ['http://engine.test:2376/', 'tcp://10.0.0.5:2376', 'is an engine'],
    ['http://10.0.0.5:2376/', 'tcp://engine.test:2376', 'is an engine'],
    ['http://[::ffff:10.0.0.5]:2375/', 'tcp://10.0.0.5', 'is an engine'],
    ['http://10.0.0.5:8080/', 'tcp://10.0.0.5:2375', 'allowed'],
    ['https://10.0.0.5/', 'tcp://10.0.0.5:443', 'is an engine'],
    ['http://127.0.0.1:2375/', 'tcp://127.0.0.1:2375', 'is an engine'],
    ['http://[::1]:2375/', 'tcp://localhost.test:2375', 'allowed'],
    ['http://127.0.0.2:2375/', 'tcp://local.test:2375', 'is an engine'],
    ['http://127.0.0.1:2375/', 'unix:///var/run/docker.sock', 'allowed'],
    ...(own === undefined ? [] : [[`http://${own}:2375/`, 'tcp://127.0.0.1:2375', 'is an engine']]),
  ])('with everything allowed, %s beside the engine %s: %s', async (url, endpoint, wanted) => {
    const engines = JSON.stringify([{ name: 'a', endpoint }]);
    expect(await verdict(url, '0.0.0.0/0,::/0,*.test', engines)).toContain(wanted);
  });

  it.each(['10.0.0.0/33', '10.0.0', 'a b', '*', 'http://x', '::/129', 'fe80::1%eth0', '10.0.0.0/8/8', '*.*.test'])(
    'does not start with %s',
    (entry) => {
      expect(() => loadSettings({ FAIRLEAD_WEBHOOK_ALLOW: `default,${entry}` })).toThrow(/^FAIRLEAD_WEBHOOK_ALLOW: ".*" is neither/);
    },
  );
});

describe('a name that is re-pointed between check and use', () => {
  let inside: Receiver;
  let outside: Receiver;
  beforeEach(async () => {
    inside = await new Receiver().start();
    outside = await new Receiver().start();
  });
  afterEach(async () => {
    await inside.stop();
    await outside.stop();
  });

  it('leads where it led when it was checked: it is looked up once for each attempt', async () => {
    // 127.0.0.1 stands for what is allowed here, 127.0.0.2 for what is not.
    const names = new Names({ 'rebound.test': [['127.0.0.1'], ['127.0.0.2']] });
    const settings = loadSettings({ FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.1' });
    const sender = new RequestSender(new AddressGuard(settings, new GatewayRegistry([]), names), new OutgoingTimings());
    const request = { url: new URL(`http://rebound.test:${outside.port}/hook`), headers: { 'webhook-id': '1' }, body: '{}' };
    expect(await sender.send(request, [])).toMatchObject({ status: 204, failure: null });
    expect(names.asked).toEqual(['rebound.test']);
    expect(outside.received[0]!.headers.host).toBe(`rebound.test:${outside.port}`);
    const refused = await sender.send(request, []);
    expect(refused).toMatchObject({ status: null, failure: 'refusedAddress' });
    expect(refused.detail).toContain('127.0.0.2');
    expect(outside.received).toHaveLength(1);
    sender.onApplicationShutdown();
  });
});
