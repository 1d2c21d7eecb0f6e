import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FairleadEvent } from '../../src/events/event.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from './face.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';

let lab: SwarmLab;
let requests = 0;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two']);
  await expectCause(rest('post', '/v1/swarms', { manager: member('one'), workers: [member('two')] }), '', {
    'one network.created ingress': 1,
    'two network.updated ingress': 1,
    'one network.created docker_gwbridge': 1,
    'two network.created docker_gwbridge': 1,
  });
});
afterAll(() => lab.stop());

const member = (engine: string) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) });

type Act = (requestId: string) => Promise<unknown>;

const rest = (method: 'post' | 'patch' | 'delete', path: string, body: object = {}): Act => async (requestId) => {
  const { status, text } = await lab.app.http[method](path).set('X-Request-Id', requestId).send(body);
  expect(status, text).toBeLessThan(300);
};

const graphql = (mutation: string): Act => async (requestId) => {
  const { text } = await lab.app.http.post('/graphql').set('X-Request-Id', requestId).send({ query: `mutation { ${mutation} { changed } }` });
  expect(JSON.parse(text)).not.toHaveProperty('errors');
};

async function eventsAfter(cursor: string | undefined): Promise<readonly FairleadEvent[]> {
  const query = { types: ['network.*', 'container.*', 'attachment.*'], limit: 500, ...(cursor === undefined ? {} : { after: cursor }) };
  const { body } = (await lab.app.http.get('/v1/events').query(query)) as { body: { items: FairleadEvent[] } };
  return body.items;
}

/** Steps of tasks are counted, since nobody knows on which engine which of them will be. */
function storyOf({ engine, type, subject }: FairleadEvent): string {
  return type.startsWith('network.') ? `${engine} ${type} ${subject.name}` : type;
}

/** What is told of `about` because of a request, or because of nobody, once all that is wanted has been. */
async function expectCause(act: Act, about: string, wanted: Readonly<Record<string, number>>, isOurs = true): Promise<void> {
  const cursor = (await eventsAfter(undefined)).at(-1)?.cursor;
  const requestId = `request-${(requests += 1)}`;
  await act(requestId);
  const found = await eventually(async () => {
    const events = (await eventsAfter(cursor)).filter(({ subject }) => subject.name.includes(about));
    const stories = events.map((event) => ({ story: storyOf(event), cause: event.cause })).filter(({ story }) => story in wanted);
    expect(Object.fromEntries(Object.keys(wanted).map((one) => [one, stories.filter(({ story }) => story === one).length]))).toEqual(wanted);
    return stories;
  }, PATIENT);
  const cause = isOurs ? { requestId, keyName: 'Administrator' } : null;
  expect(found).toEqual(found.map(({ story }) => ({ story, cause })));
}

const made = (count: number) => ({ 'container.created': count, 'container.started': count, 'attachment.created': count, 'attachment.activated': count });
const ended = (count: number) => ({ 'container.exited': count, 'attachment.deactivated': count });
const cleared = (count: number) => ({ 'container.removed': count, 'attachment.removed': count });
const IDLE = ['sleep', '1000'];

const BY_REST = {
  network: rest('post', '/v1/networks', { name: 'net-rest', driver: 'overlay' }),
  create: rest('post', '/v1/services', { name: 'svc-rest', image: 'fl-busybox', command: IDLE, replicas: 2, networks: [{ network: 'net-rest' }] }),
  label: rest('patch', '/v1/services/svc-rest', { labels: { a: 'b' } }),
  update: rest('patch', '/v1/services/svc-rest', { command: ['sleep', '2000'], replicas: 1 }),
  remove: rest('delete', '/v1/services/svc-rest'),
};
const BY_GRAPHQL = {
  network: graphql('createNetwork(input: {name: "net-graphql", driver: "overlay"})'),
  create: graphql('createService(input: {name: "svc-graphql", image: "fl-busybox", command: ["sleep", "1000"], replicas: 2, networks: [{network: "net-graphql"}]})'),
  label: graphql('updateService(ref: "svc-graphql", input: {labels: [{key: "a", value: "b"}]})'),
  update: graphql('updateService(ref: "svc-graphql", input: {command: ["sleep", "2000"], replicas: 1})'),
  remove: graphql('removeService(ref: "svc-graphql")'),
};

// Both faces at once, since most of the time the swarm is waited for.
describe.concurrent.each([['rest', BY_REST], ['graphql', BY_GRAPHQL]] as const)('what a service leads to that is asked for through %s', (face, by) => {
  it('names the request that asked for it, on every engine', { concurrent: false, timeout: 90_000 }, async () => {
    const [service, network] = [`svc-${face}`, `net-${face}`];
    await expectCause(by.network, network, { [`one network.created ${network}`]: 1, [`one network.updated ${network}`]: 1 });
    await expectCause(by.create, face, { ...made(2), [`two network.updated ${network}`]: 1 });
    await expectCause(by.label, service, {});
    await expectCause(by.update, service, { ...made(1), ...ended(2), ...cleared(1) });
    // What others do to it is theirs, though it was made here.
    const renew: Act = () => lab.engine('one').docker('service', 'update', '--detach', '--force', service);
    await expectCause(renew, service, { ...made(1), ...ended(1) }, false);
    await expectCause(by.remove, face, { ...ended(1), ...cleared(3) });
  });
});

describe('what a change of a swarm leads to', () => {
  it('names the request that asked for it, and not what others do', async () => {
    const docker = lab.engine('one').docker.bind(lab.engine('one'));
    valueOf(await restFace(lab.app).createNetwork({ name: 'back', driver: 'overlay' }));
    const create = ['service', 'create', '--detach', '--network', 'back'];
    const command = ['fl-busybox', ...IDLE];
    await expectCause(() => docker(...create, '--name', 'each', '--mode', 'global', ...command), 'each.', made(2), false);
    await expectCause(() => docker(...create, '--name', 'solo', '--constraint', 'node.hostname!=nowhere', ...command), 'solo.', made(1), false);
    // Tasks raise no events: that it runs is known a little later than that its container does.
    const moved = await eventually(async () => {
      const { items } = valueOf(await restFace(lab.app).listTasks({ service: 'solo', state: 'running' }));
      expect(items).toHaveLength(1);
      return items.filter(({ engine }) => engine === 'two').length;
    }, PATIENT);
    await expectCause(rest('patch', '/v1/nodes/two', { availability: 'drain' }), '', { ...ended(1 + moved), ...(moved ? made(1) : {}), 'two network.updated back': 1 });
    await expectCause(graphql('updateSwarmNode(ref: "two", input: {availability: active})'), '', { ...made(1), 'two network.updated back': 1 });
    await expectCause(graphql('removeSwarmNode(ref: "two")'), '', { ...ended(1), 'two network.updated back': 1, 'two network.updated ingress': 1 });
    const input = `{engine: "two", advertiseAddress: "${member('two').advertiseAddress}"}`;
    await expectCause(graphql(`addSwarmNode(input: ${input})`), '', { ...made(1), 'two network.updated back': 1, 'two network.updated ingress': 1 });
    await expectCause(rest('delete', '/v1/nodes/two'), '', { ...ended(1), 'two network.updated back': 1, 'two network.updated ingress': 1 });
    await expectCause(rest('delete', '/v1/nodes/one?force=true'), '', { ...ended(2), 'one network.removed back': 1, 'one network.removed ingress': 1 });
  }, 120_000);
});
