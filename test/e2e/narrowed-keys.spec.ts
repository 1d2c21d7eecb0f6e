import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import type { StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { FACES } from './faces.js';
import { graphqlFace } from './graphql-face.js';
import { startService, type Service } from './service.js';

let service: Service;
let administrator: Face;
/** What is team a's on both engines; all that is on engine `other`. */
let teamA: StartedApp;
let onOther: StartedApp;

const SCOPES = ['engines:read', 'engines:manage', 'networks:read', 'networks:manage', 'networks:use', 'containers:read', 'containers:manage', 'keys:manage'];

async function keyFor(narrowing: object, at = service.app): Promise<string> {
  made += 1;
  const answer = await at.http.post('/v1/api-keys').send({ name: `narrow-${made}`, scopes: SCOPES, ...narrowing });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return (answer.body as { key: string }).key;
}
let made = 0;

const a = (more: object = {}): Record<string, unknown> => ({ engine: 'local', labels: { team: 'a' }, ...more });
const b = (more: object = {}): Record<string, unknown> => ({ engine: 'local', labels: { team: 'b' }, ...more });

beforeAll(async () => {
  service = await startService(['local', 'other']);
  administrator = graphqlFace(service.app);
  teamA = service.app.as(await keyFor({ selector: 'team=a' }));
  onOther = service.app.as(await keyFor({ engines: ['other'] }));
});

afterAll(() => service.stop());

describe('a key that may read networks only', () => {
  const query = '{ network(ref: "bridge", engine: "local") { name etag engine { name endpoint } } }';
  const followed = '{ attachments(first: 1) { nodes { network { name } container { name } } } }';

  it.each(['HTTP', 'a socket'])('does not follow links to anything else, over %s', async (way) => {
    const network = valueOf(await administrator.createNetwork(aNetwork({ engine: 'local' })));
    valueOf(await administrator.createContainer(aContainer({ engine: 'local', networks: [{ network: network.id }] })));
    const reader = service.app.as(await keyFor({ scopes: ['networks:read'] }));
    const ask = async (asked: string): Promise<Asked> => {
      if (way === 'HTTP') return reader.gql(asked);
      for await (const answer of reader.socket().iterate({ query: asked })) return answer;
      throw new Error('no answer');
    };
    const toContainers = await ask(followed);
    expect(toContainers.data).toEqual({ attachments: { nodes: [{ network: { name: expect.any(String) }, container: null }] } });
    expect(toContainers.errors).toMatchObject([{ message: 'The key lacks the scope containers:read.', extensions: { code: 'FORBIDDEN', status: 403 } }]);
    const toEngine = await ask(query);
    expect(toEngine.data).toBeNull();
    expect(toEngine.errors).toMatchObject([{ message: 'The key lacks the scope engines:read.', extensions: { code: 'FORBIDDEN', status: 403 } }]);
  });
});

interface Asked {
  readonly data?: unknown;
  readonly errors?: readonly object[] | undefined;
}

describe.each(FACES)('through %s a key that is narrowed', (_name, faceOf) => {
  let face: Face;
  let subnet: string;
  let own: Network;
  let shared: Network;
  let hidden: Network;
  let mine: Container;
  let theirs: Container;

  beforeAll(async () => {
    subnet = aSubnet();
    own = valueOf(await administrator.createNetwork(aNetwork(a())));
    shared = valueOf(await administrator.createNetwork(aNetwork(a({ ipam: { pools: [{ subnet }] } }))));
    hidden = valueOf(await administrator.createNetwork(aNetwork(b())));
    const places = [{ network: shared.id }, { network: hidden.id }];
    mine = valueOf(await administrator.createContainer(aContainer(a({ start: false, networks: places }))));
    theirs = valueOf(await administrator.createContainer(aContainer(b({ networks: [{ network: shared.id, ipv4Address: addressIn(subnet, 9) }] }))));
  });

  describe('to labels', () => {
    beforeEach(() => {
      face = faceOf(teamA);
    });

    it('sees what bears them, and counts nothing else', async () => {
      const networks = valueOf(await face.listNetworks());
      expect(networks.items.map(({ name }) => name)).toEqual(expect.arrayContaining([own.name, shared.name]));
      expect(networks.items.every(({ labels }) => labels.team === 'a')).toBe(true);
      expect(networks.total).toBe(networks.items.length);
      const seen = valueOf(await face.getNetwork(shared.id));
      expect([seen.attachmentCount, seen.ipam.pools[0]?.usage.inUse]).toEqual([1, null]);
      const container = valueOf(await face.getContainer(mine.name));
      expect(container.attachments.map(({ networkName }) => networkName)).toEqual([shared.name]);
      const { items } = valueOf(await face.listAttachments({ network: shared.id }));
      expect(items.map(({ containerName }) => containerName)).toEqual([mine.name]);
      const engine = valueOf(await face.getEngine('local'));
      const running = valueOf(await face.listContainers({ state: 'running', engine: 'local' }));
      expect([engine.counts.networks, engine.counts.runningContainers]).toEqual([networks.total, running.total]);
      expect(running.items.every(({ labels }) => labels.team === 'a')).toBe(true);
    });

    it.each([
      ['a network', () => face.getNetwork(hidden.id), 'NETWORK_NOT_FOUND'],
      ['a network by its name', () => face.getNetwork(hidden.name), 'NETWORK_NOT_FOUND'],
      ["the engine's own", () => face.getNetwork('bridge', { engine: 'local' }), 'NETWORK_NOT_FOUND'],
      ['a container', () => face.getContainer(theirs.id.slice(0, 12)), 'CONTAINER_NOT_FOUND'],
      ['an attachment', () => face.getAttachment(`${shared.id}.${theirs.id}`), 'ATTACHMENT_NOT_FOUND'],
      ['an attachment of its own container', () => face.getAttachment(`${hidden.id}.${mine.id}`), 'ATTACHMENT_NOT_FOUND'],
      ['the removal of a network', () => face.removeNetwork(hidden.id), 'NETWORK_NOT_FOUND'],
      ['the end of a container', () => face.removeContainer(theirs.id, { force: true }), 'CONTAINER_NOT_FOUND'],
      ['an attachment to be made', () => face.attach({ network: hidden.id, container: mine.id }), 'NETWORK_NOT_FOUND'],
      ['a stack to be shared', () => face.createContainer(aContainer(a({ networkMode: `container:${theirs.id}` }))), 'CONTAINER_NOT_FOUND'],
      ['the default bridge to be put on', () => face.createContainer(aContainer(a())), 'NETWORK_NOT_FOUND'],
      ['networks of a container', () => face.listContainers({ network: hidden.id }), 'NETWORK_NOT_FOUND'],
    ])('is told that what it does not see is not there: %s', async (_what, ask, code) => {
      const refused = refusalOf(await ask());
      expect(refused).toMatchObject({ code, status: 404 });
      expect(JSON.stringify(refused)).not.toContain(theirs.name);
    });

    it('makes only what it will see', async () => {
      for (const labels of [{}, { team: 'b' }]) {
        expect(refusalOf(await face.createNetwork(aNetwork({ engine: 'local', labels })))).toMatchObject({ code: 'FORBIDDEN' });
        const networks = [{ network: own.id }];
        expect(refusalOf(await face.createContainer(aContainer({ engine: 'local', labels, networks })))).toMatchObject({ code: 'FORBIDDEN' });
      }
      const network = doneOf(await face.createNetwork(aNetwork(a()))).value;
      expect(doneOf(await face.createContainer(aContainer(a({ networks: [{ network: network.id }] })))).value).toMatchObject({ state: 'running' });
    });

    it('is told of what stands in the way without being told what it is', async () => {
      const inUse = refusalOf(await face.removeNetwork(shared.id));
      expect(inUse).toMatchObject({ code: 'NETWORK_IN_USE', extras: { blockingContainers: [{ name: mine.name }] } });
      const overlap = refusalOf(await face.createNetwork(aNetwork(a({ ipam: { pools: [{ subnet: hidden.ipam.pools[0]?.subnet }] } }))));
      expect(overlap).toMatchObject({ code: 'SUBNET_OVERLAP', extras: { overlappingNetworks: [] } });
      const taken = refusalOf(await face.createNetwork(aNetwork(a({ name: hidden.name }))));
      expect(taken).toMatchObject({ code: 'NETWORK_NAME_TAKEN' });
      const held = refusalOf(await face.attach({ network: shared.id, container: mine.id, ipv4Address: addressIn(subnet, 9) }, { replace: true }));
      for (const refused of [inUse, overlap, held]) {
        const told = JSON.stringify(refused);
        for (const secret of [theirs.name, theirs.id, hidden.name, hidden.id]) expect(told).not.toContain(secret);
      }
    });

    it('takes nobody off who does not show', async () => {
      const refused = refusalOf(await face.removeNetwork(shared.id, { detach: true }));
      expect(refused).toMatchObject({ code: 'FORBIDDEN', status: 403 });
      expect(valueOf(await administrator.listAttachments({ network: shared.id })).items).toHaveLength(2);
    });

    it('writes under the tag that it sees', async () => {
      const before = await face.getContainer(mine.id);
      expect(before.ok && (await face.startContainer(mine.id, { ifMatch: before.etag }))).toMatchObject({ ok: true });
      expect(valueOf(await face.stopContainer(mine.id, { timeoutSeconds: 0 })).attachments).toHaveLength(1);
    });

    it('does not prune what only seems to be unused', async () => {
      const lone = valueOf(await administrator.createNetwork(aNetwork(a())));
      const foreign = valueOf(await administrator.createContainer(aContainer(b({ start: false, networks: [{ network: lone.id }] }))));
      const others = valueOf(await administrator.createNetwork(aNetwork(b())));
      expect(valueOf(await face.getNetwork(lone.id)).attachmentCount).toBe(0);
      const { networks } = valueOf(await face.pruneNetworks({ engine: 'local' }, { dryRun: true }));
      expect(networks.map(({ name }) => name)).not.toContain(lone.name);
      expect(networks.map(({ name }) => name)).not.toContain(others.name);
      doneOf(await administrator.removeContainer(foreign.id));
    });

    it('gets into no stack over a hop that it does not see', async () => {
      const middle = valueOf(await administrator.createContainer(aContainer(a({ networkMode: `container:${theirs.id}` }))));
      expect(valueOf(await face.getContainer(middle.id))).toMatchObject({ networkMode: 'hidden', sharesNetworkOf: null });
      const refused = refusalOf(await face.createContainer(aContainer(a({ networkMode: `container:${middle.id}` }))));
      expect(refused).toMatchObject({ code: 'FORBIDDEN' });
      expect(JSON.stringify(refused)).not.toContain(theirs.id);
      // Its own container, which others have put on a network of theirs.
      expect(refusalOf(await face.createContainer(aContainer(a({ networkMode: `container:${mine.id}` }))))).toMatchObject({ code: 'FORBIDDEN' });
    });

    it('is told of no container that it does not see by putting its own somewhere', async () => {
      const middle = valueOf(await administrator.createContainer(aContainer(a({ networkMode: `container:${theirs.id}` }))));
      const refused = refusalOf(await face.attach({ network: own.id, container: middle.id }, { dryRun: true }));
      expect(refused).toMatchObject({ code: 'ATTACHMENT_IMPOSSIBLE', detail: expect.stringContaining('in network mode hidden') });
      expect(JSON.stringify(refused)).not.toContain(theirs.id);
      for (const ref of [theirs.name, theirs.id, theirs.id.slice(0, 12)]) {
        const links = [`${ref}:x`];
        const answers = [
          await face.attach({ network: own.id, container: mine.id, links }, { dryRun: true }),
          await face.createContainer(aContainer(a({ networks: [{ network: own.id, links }] })), { dryRun: true }),
        ];
        for (const answer of answers) expect(refusalOf(answer)).toMatchObject({ code: 'CONTAINER_NOT_FOUND', status: 404 });
      }
      expect((await face.attach({ network: own.id, container: mine.id, links: [`${mine.name}:x`] }, { dryRun: true })).ok).toBe(true);
    });

    it('is not told whose parent interface it is', async () => {
      const parent = faceOf === FACES[0]?.[1] ? 'hp0' : 'hp1';
      await service.engine.exec('ip', 'link', 'add', parent, 'type', 'veth', 'peer', 'name', `${parent}p`);
      const theirOwn = valueOf(await administrator.createNetwork(aNetwork(b({ driver: 'macvlan', options: { parent } }))));
      const refused = refusalOf(await face.createNetwork(aNetwork(a({ driver: 'macvlan', options: { parent } }))));
      expect(refused).toMatchObject({ code: 'PARENT_IN_USE', extras: { holder: null } });
      expect(JSON.stringify(refused)).not.toContain(theirOwn.name);
    });

    it('is on no network without the scope to use one', async () => {
      const lacking = faceOf(service.app.as(await keyFor({ selector: 'team=a', scopes: SCOPES.filter((scope) => scope !== 'networks:use') })));
      const refused = refusalOf(await lacking.createContainer(aContainer(a({ networks: [{ network: own.id }] }))));
      expect(refused).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('networks:use') });
      doneOf(await lacking.createContainer(aContainer(a({ networkMode: 'none' }))));
    });

    it('changes no engine', async () => {
      expect(refusalOf(await face.addEngine({ name: 'third', endpoint: 'tcp://127.0.0.1:1' }))).toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  describe('to engines', () => {
    beforeEach(() => {
      face = faceOf(onOther);
    });

    it('knows no others', async () => {
      const engines = valueOf(await face.listEngines());
      expect([engines.items.map(({ name }) => name), engines.engines.map(({ name }) => name)]).toEqual([['other'], ['other']]);
      const networks = valueOf(await face.listNetworks());
      expect(networks.items.every(({ engines: on }) => on.join() === 'other')).toBe(true);
      expect(networks.engines.map(({ name }) => name)).toEqual(['other']);
      const refused = refusalOf(await face.getEngine('local'));
      expect(refused).toMatchObject({ code: 'ENGINE_NOT_FOUND', detail: expect.not.stringContaining('local,') });
      for (const answer of [await face.listNetworks({ engine: 'local' }), await face.createNetwork(aNetwork({ engine: 'local' }))]) {
        expect(refusalOf(answer)).toMatchObject({ code: 'ENGINE_NOT_FOUND' });
      }
      expect(refusalOf(await face.getNetwork(own.id))).toMatchObject({ code: 'NETWORK_NOT_FOUND' });
    });

    it('has one to make things on, and need not name it', async () => {
      expect(doneOf(await face.createNetwork(aNetwork())).value.engines).toEqual(['other']);
    });
  });
});

describe('a narrowed key', () => {
  it('gives away what it sees, and nothing else', async () => {
    const narrower = await teamA.http.post('/v1/api-keys').send({ name: 'narrower', scopes: ['networks:read'], selector: 'team=a,env=dev', engines: ['local'] });
    expect(narrower.body).toMatchObject({ engines: ['local'], selector: 'env=dev,team=a' });
    for (const [index, narrowing] of [{}, { selector: 'team=b' }, { selector: 'team in (a,b)' }, { engines: ['local'] }].entries()) {
      const refused = await teamA.http.post('/v1/api-keys').send({ name: `wider-${index}`, scopes: ['networks:read'], ...narrowing });
      expect([refused.status, (refused.body as { code: string }).code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('cannot have what shows all of the service', async () => {
    const refused = await service.app.http.post('/v1/api-keys').send({ name: 'meter', scopes: ['metrics:read'], selector: 'team=a' });
    expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'scopes[0]' }] });
  });

  it.each([
    ['selector', { selector: 'team=a,,' }],
    ['selector', { selector: 'team in a' }],
    ['engines[1]', { engines: ['local', 'No Name'] }],
  ])('is refused where its %s makes no sense: %j', async (field, narrowing) => {
    const refused = await service.app.http.post('/v1/api-keys').send({ name: 'odd', scopes: ['networks:read'], ...narrowing });
    expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field }] });
  });

  it('is not told in warnings what it was not told before', async () => {
    const lone = valueOf(await administrator.createNetwork(aNetwork(a())));
    const box = aContainer(b());
    // Of which no event tells.
    await service.engine.docker('create', '--name', box.name, '--network', lone.name, '--label', 'team=b', String(box['image']));
    const rest = await teamA.http.post('/v1/networks/prune?dryRun=true').send({ engine: 'local' });
    const graphql = await teamA.gql('mutation { pruneNetworks(input: {engine: "local"}, dryRun: true) { networks { name } warnings } }');
    const told = JSON.stringify([rest.body, graphql]);
    expect([rest.status, graphql.status]).toEqual([200, 200]);
    expect(told).not.toContain(box.name);
    await service.engine.docker('rm', box.name);
  });

  it('follows what it sees over a socket, links included, and is told nothing of the rest', async () => {
    const network = valueOf(await administrator.createNetwork(aNetwork(a())));
    const heard: string[] = [];
    const socket = teamA.socket();
    const query = `subscription { networkChanged(ref: "${network.id}") { name attachmentCount engine { counts { containers } } attachments { containerName container { name } } } }`;
    const end = socket.subscribe({ query }, { next: (result) => heard.push(JSON.stringify(result)), error: (error) => heard.push(String(error)), complete: () => undefined });
    await eventually(async () => {
      // Until the subscription stands nothing is heard: what is seen changes until then.
      const box = valueOf(await administrator.createContainer(aContainer(a({ start: false, networks: [{ network: network.id }] }))));
      doneOf(await administrator.removeContainer(box.id));
      expect(heard.length).toBeGreaterThan(0);
    });
    const before = heard.length;
    const foreign = valueOf(await administrator.createContainer(aContainer(b({ start: false, networks: [{ network: network.id }] }))));
    const last = valueOf(await administrator.createContainer(aContainer(a({ start: false, networks: [{ network: network.id }] }))));
    await eventually(() => expect(heard.at(-1)).toContain(last.name));
    expect(heard.length).toBeGreaterThan(before);
    expect(heard.join('\n')).not.toContain(foreign.name);
    expect(heard.at(-1)).toContain('"attachmentCount":1');
    end();
  });
});
