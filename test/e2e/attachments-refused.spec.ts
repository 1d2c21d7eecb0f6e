import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContainer } from '../builders/a-container.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { everything, startService, type Service } from './service.js';

const SUBNET = '10.80.0.0/24';
const POOL = { subnet: SUBNET, gateway: '10.80.0.254', auxiliaryAddresses: { router: '10.80.0.7' } };

let service: Service;
let before: string;

beforeAll(async () => {
  service = await startService();
  const [, faceOf] = FACES[0]!;
  const face = faceOf(service.app);
  valueOf(await face.createNetwork({ name: 'here', ipam: { pools: [POOL] } }));
  valueOf(await face.createNetwork({ name: 'settings', configOnly: true }));
  valueOf(await face.createContainer(aContainer({ name: 'holder', networks: [{ network: 'here', ipv4Address: '10.80.0.9' }] })));
  valueOf(await face.createContainer(aContainer({ name: 'running' })));
  valueOf(await face.createContainer(aContainer({ name: 'stopped', start: false })));
  valueOf(await face.createContainer(aContainer({ name: 'alone', networkMode: 'none' })));
  valueOf(await face.createContainer(aContainer({ name: 'guest', networkMode: 'container:holder' })));
  for (const container of ['running', 'stopped']) valueOf(await face.detach('bridge', container));
  await service.engine.docker('run', '--detach', '--name', 'hosted', '--network', 'host', 'fl-busybox', 'sleep', '600');
  before = await everything(service.engine);
});

afterAll(() => service.stop());

interface Case {
  readonly why: string;
  readonly input: Input;
  readonly code: string;
  readonly status: number;
  readonly field?: string;
  readonly extras?: Input;
}

const unsupported = (field: string, value: unknown, requiredApiVersion: string): Case => ({
  why: field,
  input: { [field]: value },
  code: 'UNSUPPORTED_BY_ENGINE',
  status: 501,
  extras: { requiredApiVersion, engineApiVersion: '1.41' },
});
const invalid = (why: string, input: Input, field: string): Case => ({ why, input, code: 'VALIDATION_FAILED', status: 400, field });
const held = (why: string, ipv4Address: string, holder: Input = { kind: 'network', name: 'here' }): Case => ({
  why,
  input: { ipv4Address },
  code: 'ADDRESS_IN_USE',
  status: 409,
  extras: { holder },
});
const impossible = (why: string, input: Input, code = 'ATTACHMENT_IMPOSSIBLE'): Case => ({ why, input, code, status: 409 });

const CASES: Case[] = [
  unsupported('macAddress', '02:42:0a:50:00:05', '1.54'),
  unsupported('gatewayPriority', 10, '1.48'),
  held('an address that another container holds', '10.80.0.9', { kind: 'container', name: 'holder' }),
  held('the gateway', '10.80.0.254'),
  held('an auxiliary address', '10.80.0.7'),
  held('the network address', '10.80.0.0'),
  held('the broadcast address', '10.80.0.255'),
  { why: 'an address outside the subnet', input: { ipv4Address: '10.81.0.5' }, code: 'ADDRESS_OUTSIDE_SUBNET', status: 422 },
  { why: 'an IPv6 address without IPv6', input: { ipv6Address: 'fd00::5' }, code: 'SUBNET_REQUIRED', status: 422 },
  { why: 'a static address on the default bridge', input: { network: 'bridge', ipv4Address: '172.17.0.99' }, code: 'ADDRESS_NOT_ASSIGNABLE', status: 422 },
  invalid('an alias on the default bridge', { network: 'bridge', aliases: ['a'] }, 'aliases'),
  invalid('a link on the default bridge', { network: 'bridge', links: ['holder:h'] }, 'links'),
  invalid('an address that is none', { ipv4Address: 'foo' }, 'ipv4Address'),
  invalid('an address with a prefix length', { ipv4Address: '10.80.0.5/24' }, 'ipv4Address'),
  invalid('an IPv6 address as IPv4 one', { ipv4Address: 'fd00::5' }, 'ipv4Address'),
  invalid('a MAC address that is none', { macAddress: 'foo' }, 'macAddress'),
  invalid('a multicast MAC address', { macAddress: '01:00:5e:00:00:01' }, 'macAddress'),
  invalid('an alias with a blank', { aliases: ['a b'] }, 'aliases'),
  invalid('an empty alias', { aliases: [''] }, 'aliases'),
  invalid('a link with two colons', { links: ['a:b:c'] }, 'links'),
  invalid('a gateway priority beyond 32 bits', { gatewayPriority: 2 ** 31 }, 'gatewayPriority'),
  impossible('the host network', { network: 'host' }),
  impossible('the none network', { network: 'none' }),
  { why: 'a configuration network', input: { network: 'settings' }, code: 'NETWORK_NOT_ATTACHABLE', status: 422 },
  { why: 'an unknown network', input: { network: 'nosuch' }, code: 'NETWORK_NOT_FOUND', status: 404 },
  { why: 'an unknown field', input: { ip: '10.80.0.5' }, code: 'VALIDATION_FAILED', status: 400 },
];

const CONTAINERS: Case[] = [
  impossible('a container in host mode', { container: 'hosted' }),
  impossible('a container in none mode', { container: 'alone' }),
  impossible("a container in another one's network stack", { container: 'guest' }),
  { why: 'an unknown container', input: { container: 'nosuch' }, code: 'CONTAINER_NOT_FOUND', status: 404 },
];

describe.each(FACES)('attaching through %s', (_name, faceOf) => {
  const refuse = async (input: Input, options = {}) =>
    refusalOf(await faceOf(service.app).attach({ network: 'here', container: 'running', ...input }, options));

  describe.each(['running', 'stopped'])('a %s container', (container) => {
    it.each(CASES)('refuses $why with $code', async ({ input, code, status, field, extras = {} }) => {
      for (const options of [{}, { strict: true }, { dryRun: true }]) {
        const refused = await refuse({ container, ...input }, options);
        expect(refused).toMatchObject({ code, status, extras });
        if (field === undefined) continue;
        expect(refused.extras.errors).toContainEqual(
          expect.objectContaining({ field: expect.stringContaining(field) as string }),
        );
      }
    });
  });

  it.each(CONTAINERS)('refuses $why with $code', async ({ input, code, status }) => {
    expect(await refuse(input)).toMatchObject({ code, status });
  });

  it('refuses to take a container out of a mode that it was created in', async () => {
    const face = faceOf(service.app);
    const hosted = refusalOf(await face.detach('host', 'hosted'));
    expect(hosted).toMatchObject({ code: 'ATTACHMENT_IMPOSSIBLE', status: 409 });
    expect(refusalOf(await face.detach('here', 'guest')).code).toBe('ATTACHMENT_NOT_FOUND');
  });

  it('leaves nothing behind where it refuses', async () => {
    expect(await everything(service.engine)).toBe(before);
  });

  it('gives a static address to nobody else while a running container holds it', async () => {
    const face: Face = faceOf(service.app);
    const ends = { network: 'here', container: 'running' };
    valueOf(await face.attach({ ...ends, ipv4Address: '10.80.0.20' }));
    const second = refusalOf(await face.attach({ network: 'here', container: 'stopped', ipv4Address: '10.80.0.20' }));
    expect(second).toMatchObject({ code: 'ADDRESS_IN_USE', extras: { holder: { name: 'running' } } });
    // Its own address does not stand in its way.
    const moved = { ...ends, ipv4Address: '10.80.0.20', aliases: ['same'] };
    expect(doneOf(await face.attach(moved, { replace: true })).value).toMatchObject({ ipv4Address: '10.80.0.20' });
    valueOf(await face.detach('here', 'running'));
    before = await everything(service.engine);
  });

});
