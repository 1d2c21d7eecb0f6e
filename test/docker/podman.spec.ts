import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../src/docker/docker-events.reader.js';
import type { Speaker } from '../../src/docker/engine-dialect.js';
import type { JsonObject } from '../../src/docker/engine-json.js';
import { fromPodmanContainer, fromPodmanListedContainer, fromPodmanNetwork } from '../../src/docker/podman/podman-answer.mapper.js';
import { takeOffAgain, toPodmanContainer, toPodmanNetwork, toPodmanRemembered } from '../../src/docker/podman/podman-request.mapper.js';
import { isPodman } from '../../src/docker/podman/podman.dialect.js';

// Shapes of Podman 4.3, as they were seen; test/e2e/podman*.spec.ts puts them to one that runs.
const ID = 'efc0333a7b12ecf88b48bccac876d5f2d0669f8aba4c85ff1ba4e4a5a5b0c069';
const NETWORKS: Readonly<Record<string, JsonObject>> = {
  bridge: { Id: 'id-of-default', Driver: 'bridge' },
  house: { Id: 'id-of-default', Driver: 'bridge' },
  shop: { Id: 'id-of-shop', Driver: 'bridge' },
  edge: { Id: 'id-of-edge', Driver: 'macvlan' },
};
const speaker: Speaker = { engine: 'pod', findNetwork: (name) => Promise.resolve(NETWORKS[name]) };

describe('Podman', () => {
  it('is known by its component, whatever its version of the API', () => {
    expect(isPodman({ Components: [{ Name: 'Podman Engine', Version: '4.3.1' }, { Name: 'Conmon' }] })).toBe(true);
    for (const version of [{}, { Components: null }, { Components: [{ Name: 'Engine' }] }]) expect(isPodman(version)).toBe(false);
  });

  it('has its default network under the name that Docker has it by, whatever it is called', async () => {
    const json = { Name: 'house', Id: 'id-of-default', Created: '2026-11-25T06:05:13.867484394Z', Containers: {} };
    expect(await fromPodmanNetwork(json, speaker)).toMatchObject({ Name: 'bridge', Created: null });
    expect(await fromPodmanNetwork({ ...json, Id: 'id-of-shop', Name: 'shop' }, speaker)).toMatchObject({ Name: 'shop', Created: json.Created });
  });

  it('lists the containers of a network without those that do not run', async () => {
    const live = { MacAddress: '2e:47:61:a9:7b:65', EndpointID: '' };
    const json = { Id: 'id-of-shop', Containers: { [ID]: live, stopped: { MacAddress: '' }, odd: null } };
    expect(await fromPodmanNetwork(json, speaker)).toMatchObject({ Containers: { [ID]: { ...live, EndpointID: ID } } });
    expect(Object.keys((await fromPodmanNetwork(json, speaker))['Containers'] as object)).toEqual([ID]);
  });
});

describe("a container's record in Podman", () => {
  const entry = (name: string, MacAddress = '2e:47:61:a9:7b:65') => ({ [name]: { NetworkID: name, EndpointID: '', MacAddress } });
  const record = (Networks: JsonObject, NetworkMode = 'bridge', Running = true) =>
    fromPodmanContainer({ Id: ID, State: { Running }, HostConfig: { NetworkMode }, NetworkSettings: { Networks } }, speaker);

  it('gets the ids of its networks, and its own for that of an endpoint', async () => {
    expect(await record(entry('shop'))).toMatchObject({
      HostConfig: { NetworkMode: 'shop' },
      NetworkSettings: { Networks: { shop: { NetworkID: 'id-of-shop', EndpointID: ID } } },
    });
    expect(await record(entry('house'))).toMatchObject({
      HostConfig: { NetworkMode: 'bridge' },
      NetworkSettings: { Networks: { bridge: { NetworkID: 'id-of-default' } } },
    });
  });

  it.each([
    ['shop', { ...entry('shop'), ...entry('tram') }, 'shop'],
    ['edge', { ...entry('shop'), ...entry('edge') }, 'edge'],
    ['bridge', { ...entry('edge'), ...entry('house') }, 'bridge'],
    ['bridge', {}, 'bridge'],
  ])('gets the mode %s', async (_, networks, mode) => {
    expect(await record(networks)).toMatchObject({ HostConfig: { NetworkMode: mode } });
  });

  it('shows what a failed attach left behind as Docker would: without the id of its network', async () => {
    expect(await record(entry('shop', ''))).toMatchObject({ NetworkSettings: { Networks: { shop: { NetworkID: '' } } } });
    const stopped = await record(entry('shop', ''), 'bridge', false);
    expect(stopped).toMatchObject({ NetworkSettings: { Networks: { shop: { NetworkID: 'id-of-shop', EndpointID: '' } } } });
  });

  it("that shares another's network shows none of its own", async () => {
    expect(await record(entry('shop'), `container:${ID}`)).toMatchObject({
      HostConfig: { NetworkMode: `container:${ID}` },
      NetworkSettings: { Networks: {} },
    });
  });

  it('gets the names that the name service answers for: on bridges, and never the host name', async () => {
    const networks = { shop: { Aliases: ['api', ID.slice(0, 12)] }, edge: { Aliases: ['api'] } };
    const json = { Id: ID, Name: '/web', Config: { Hostname: 'house' }, NetworkSettings: { Networks: networks } };
    expect(await fromPodmanContainer(json, speaker)).toMatchObject({
      NetworkSettings: { Networks: { shop: { DNSNames: ['web', 'api', ID.slice(0, 12)] }, edge: { DNSNames: [] } } },
    });
  });

  it.each([
    ['localhost/web:latest', 'web'],
    ['localhost/web:2', 'web:2'],
    ['docker.io/library/busybox:latest', 'busybox'],
    ['docker.io/team/web:1.0', 'team/web:1.0'],
    ['quay.example.org/team/web:latest', 'quay.example.org/team/web'],
    ['', ''],
  ])('has the image %s by its familiar name "%s"', async (Image, shown) => {
    expect(await fromPodmanContainer({ Id: ID, Config: { Image } }, speaker)).toMatchObject({ Config: { Image: shown } });
  });

  it('in the list gets the ids of its networks too', async () => {
    const json = { Id: ID, NetworkSettings: { Networks: { ...entry('house'), ...entry('edge') } } };
    expect(await fromPodmanListedContainer(json, speaker)).toMatchObject({
      NetworkSettings: { Networks: { bridge: { NetworkID: 'id-of-default' }, edge: { NetworkID: 'id-of-edge' } } },
    });
  });
});

describe('a request to Podman', () => {
  it.each([
    ['attachable', { Attachable: true }],
    ['ingress', { Ingress: true }],
    ['configOnly', { ConfigOnly: true }],
    ['configFrom', { ConfigFrom: { Network: 'settings' } }],
    ['scope', { Scope: 'swarm' }],
    ['ipam.driver', { IPAM: { Driver: 'null' } }],
    ['ipam.options', { IPAM: { Driver: 'default', Options: { a: 'b' } } }],
    ['ipam.pools.auxiliaryAddresses', { IPAM: { Config: [{}, { AuxiliaryAddresses: { router: '10.0.0.9' } }] } }],
  ])('for a network is refused with %s, which it would forget', (field, body) => {
    expect(() => toPodmanNetwork({ body }, speaker)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_BY_ENGINE', extras: expect.objectContaining({ errors: [expect.objectContaining({ field })] }) }),
    );
  });

  it('for a network with nothing of that goes out as it is', () => {
    const body = { Name: 'n', Scope: 'local', Attachable: false, ConfigOnly: false, IPAM: { Driver: 'default', Options: {}, Config: [{ Subnet: '10.0.0.0/24' }] } };
    expect(toPodmanNetwork({ body }, speaker)).toEqual({ body });
  });

  it('has the MAC address in the entry of the network, and the default network under its id', async () => {
    const body = (NetworkMode: string) => ({
      body: { MacAddress: '02:42:00:00:00:01', HostConfig: { NetworkMode }, NetworkingConfig: { EndpointsConfig: { [NetworkMode]: {} } } },
    });
    expect(await toPodmanContainer(body('bridge'), speaker)).toEqual({
      body: {
        HostConfig: { NetworkMode: 'id-of-default' },
        NetworkingConfig: { EndpointsConfig: { 'id-of-default': { MacAddress: '02:42:00:00:00:01' } } },
      },
    });
    expect(await toPodmanContainer(body('shop'), speaker)).toMatchObject({ body: { HostConfig: { NetworkMode: 'shop' } } });
  });

  it('asks for remembered events in the way that ends after the last one', () => {
    expect(toPodmanRemembered({ query: { since: '1', until: '2' } })).toEqual({ query: { since: '1', stream: 'false' } });
  });
});

describe('an event of Podman', () => {
  const event = (Type: string, Action: string, attributes: object = { podId: '' }) =>
    parseEvent(JSON.stringify({ Type, Action, Actor: { ID, Attributes: { name: 'c', ...attributes } }, time: 1795586866 }));

  it.each([
    ['network', 'connect', 'container', 'connect'],
    ['network', 'disconnect', 'container', 'disconnect'],
    ['container', 'remove', 'container', 'destroy'],
    ['container', 'health_status', 'container', 'health-check'],
    ['container', 'die', 'container', 'die'],
    ['system', 'refresh', 'system', 'refresh'],
  ])('%s %s is %s %s', (type, action, meant, done) => {
    expect(event(type, action)).toMatchObject({ type: meant, action: done, actorId: ID });
  });

  it('is not taken for one where Docker says the same', () => {
    expect(event('network', 'connect', {})).toMatchObject({ type: 'network', action: 'connect' });
  });
});

describe('a refused attach', () => {
  const refused = { operation: 'attach', method: 'POST', path: '/networks/n/connect', body: { Container: 'c' }, timeoutMs: 1 } as const;

  it('is taken off again', () => {
    expect(takeOffAgain(refused, 'ADDRESS_IN_USE')).toMatchObject({
      operation: 'detach',
      path: '/networks/n/disconnect',
      body: { Container: 'c', Force: true },
    });
  });

  it.each(['ALREADY_ATTACHED', 'CONTAINER_NOT_FOUND', 'NETWORK_NOT_FOUND', 'ATTACHMENT_IMPOSSIBLE'] as const)(
    'has left nothing to take off where it is %s',
    (code) => {
      expect(takeOffAgain(refused, code)).toBeUndefined();
    },
  );
});
