import { describe, expect, it } from 'vitest';
import type { ObservedContainer, ObservedNetwork } from '../../src/docker/observed.js';
import { publicNetworkId } from '../../src/inventory/attachment.view.js';
import { buildSnapshot } from '../../src/inventory/engine-snapshot.js';
import type { Attachment } from '../../src/resources/attachment.js';
import { aConfiguredEndpoint, anEndpoint, anObservedContainer, anObservedNetwork, exited, idOf } from '../builders/observed.js';

function view(networks: readonly ObservedNetwork[], ...containers: readonly ObservedContainer[]) {
  return buildSnapshot({
    engine: 'local',
    revision: 1,
    networks: new Map(networks.map((network) => [network.id, network])),
    containers: new Map(containers.map((container) => [container.id, container])),
  });
}

function only(networks: readonly ObservedNetwork[], container: ObservedContainer): Attachment {
  const [attachment, ...others] = view(networks, container).attachments;
  if (attachment === undefined || others.length > 0) throw new Error(`${others.length} attachments too many, or none`);
  return attachment;
}

const front = anObservedNetwork('front');
const web = anObservedContainer('web', { hostname: 'web-1', endpoints: [anEndpoint('front', { aliases: ['www'] })] });

describe('an attachment of a running container', () => {
  it('is active, with everything that the engine gave it', () => {
    expect(only([front], web)).toEqual({
      id: `${front.id}.${web.id}`,
      engine: 'local',
      networkId: front.id,
      networkName: 'front',
      containerId: web.id,
      containerName: 'web',
      active: true,
      endpointId: idOf('ep-front'),
      ipv4Address: '10.20.0.2',
      ipv4PrefixLength: 24,
      ipv6Address: null,
      ipv6PrefixLength: null,
      macAddress: '02:42:0a:14:00:02',
      gateway: '10.20.0.1',
      ipv6Gateway: null,
      aliases: ['www'],
      dnsNames: ['web', 'www', web.id.slice(0, 12), 'web-1'],
      links: [],
      driverOptions: {},
      gatewayPriority: null,
      defaultRoute: ['ipv4'],
      broken: null,
    });
  });

  it('shows the DNS names that the engine tells, where it does', () => {
    const endpoints = [anEndpoint('front', { dnsNames: ['web', 'told'] })];
    expect(only([front], { ...web, endpoints }).dnsNames).toEqual(['web', 'told']);
  });

  it('stays active while the container is paused', () => {
    expect(only([front], { ...web, state: 'paused' })).toMatchObject({ active: true, ipv4Address: '10.20.0.2' });
  });

  it('is found by the name of a builtin network, whose id is renewed, and has no DNS names there', () => {
    const bridge = anObservedNetwork('bridge', { id: idOf('bridge-of-today'), builtin: true });
    const container = anObservedContainer('web', {
      endpoints: [anEndpoint('bridge', { networkId: idOf('bridge-of-yesterday') })],
    });
    expect(only([bridge], container)).toMatchObject({
      id: `local~bridge.${container.id}`,
      networkId: 'local~bridge',
      active: true,
      dnsNames: [],
      broken: null,
    });
    expect(publicNetworkId('local', bridge)).toBe('local~bridge');
    expect(publicNetworkId('local', front)).toBe(front.id);
  });
});

describe('an attachment of a container that does not run', () => {
  it('is configured, not active, and shows the static address that it will have', () => {
    const endpoints = [aConfiguredEndpoint('front', { requestedIpv4Address: '10.20.0.77', aliases: ['www'] })];
    expect(only([front], { ...web, state: 'created', running: false, endpoints })).toMatchObject({
      networkId: front.id,
      active: false,
      endpointId: null,
      ipv4Address: '10.20.0.77',
      ipv4PrefixLength: 24,
      gateway: null,
      aliases: ['www'],
      broken: null,
    });
  });

  it('does not show the ghost of an address that a crash left behind', () => {
    const ghost: ObservedContainer = { ...web, state: 'exited', running: false };
    expect(only([front], ghost)).toMatchObject({
      active: false,
      endpointId: null,
      ipv4Address: null,
      ipv4PrefixLength: null,
      macAddress: null,
      gateway: null,
      broken: null,
    });
  });

  it('is broken where its network is gone, and named after what the container remembers', () => {
    const container = exited(anObservedContainer('web', { endpoints: [anEndpoint('gone')] }));
    expect(only([front], container)).toMatchObject({
      id: `gone.${container.id}`,
      networkId: null,
      networkName: 'gone',
      active: false,
      broken: expect.stringMatching(/is gone, so the container cannot start\. Detach it\./),
    });
  });

  it('stays broken although another network has taken the name: the container holds the old id', () => {
    const container = exited(anObservedContainer('web', { endpoints: [anEndpoint('front', { networkId: idOf('old') })] }));
    const attachment = only([front], container);
    expect(attachment).toMatchObject({ networkId: null, id: `front.${container.id}` });
    expect(attachment.broken).toMatch(/another network has taken its name, which does not heal it/);
  });

  it('is broken where it names a network that never was', () => {
    const endpoints = [aConfiguredEndpoint('nosuch')];
    expect(only([front], { ...web, state: 'created', running: false, endpoints }).broken).toMatch(/names a network that does not exist/);
  });

  it('finds its network by id where that is what the engine filed it under', () => {
    const endpoints = [aConfiguredEndpoint(front.id)];
    expect(only([front], { ...web, state: 'created', running: false, endpoints })).toMatchObject({
      networkId: front.id,
      networkName: 'front',
      broken: null,
    });
  });
});

describe('what a failed attach leaves behind', () => {
  it('is shown as broken while the container runs, on no network', () => {
    const endpoints = [aConfiguredEndpoint('front')];
    const attachment = only([front], { ...web, endpoints });
    expect(attachment).toMatchObject({ id: `front.${web.id}`, networkId: null, active: false });
    expect(attachment.broken).toMatch(/Left behind by an attach that the engine failed half-way/);
  });

  it('does not count on the network', () => {
    const endpoints = [aConfiguredEndpoint('front')];
    expect(view([front], { ...web, endpoints }).networkById.get(front.id)?.attachmentCount).toBe(0);
  });
});

describe('the snapshot', () => {
  it('gives a shared name to the older network', () => {
    const older = anObservedNetwork('twin', { id: idOf('older'), createdAt: '2026-11-24T07:00:00.000Z' });
    const newer = anObservedNetwork('twin', { id: idOf('newer'), createdAt: '2026-11-24T09:00:00.000Z' });
    const container = anObservedContainer('web', { state: 'created', running: false, endpoints: [aConfiguredEndpoint('twin')] });
    for (const networks of [[older, newer], [newer, older]]) expect(only(networks, container).networkId).toBe(older.id);
  });

  it('finds attachments by network and address, resources by name and label', () => {
    const labelled = anObservedNetwork('back', { labels: { team: 'blue' } });
    const snapshot = view([front, labelled], web, anObservedContainer('db', { labels: { team: 'blue', tier: '' } }));
    expect(snapshot.attachmentsByNetwork.get(front.id)?.map(({ containerName }) => containerName)).toEqual(['web']);
    expect(snapshot.attachmentsByAddress.get('10.20.0.2')).toHaveLength(1);
    expect(snapshot.networksByLabel.get('team=blue')?.map(({ name }) => name)).toEqual(['back']);
    expect(snapshot.containersByLabel.get('tier')?.map(({ name }) => name)).toEqual(['db']);
    expect(snapshot.containersByName.get('web')).toHaveLength(1);
    expect(snapshot.networks.map(({ name }) => name)).toEqual(['back', 'front']);
  });
});
