import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doneOf, refusalOf, valueOf, type Answer, type Face } from '../e2e/face.js';
import { FACES } from '../e2e/faces.js';
import { standing, startService, type Service } from '../e2e/service.js';
import { eventually } from '../support/eventually.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => service.stop());

let keys = 0;
const aKey = (): string => `key-${(keys += 1)}`;

/** An answer but for the header that tells the first from its repetitions. */
function shown<T>(answer: Answer<T>): unknown {
  return answer.ok ? { ...answer, http: { ...answer.http, replayed: undefined } } : answer;
}

const wasReplayed = (answer: Answer<unknown>): boolean | undefined => (answer.ok ? answer.http?.replayed : undefined);

describe.each(FACES)('a repetition through %s', (faceName, faceOf) => {
  const named = (text: string): string => `${faceName.toLowerCase()}-${text}`;
  let face: Face;
  beforeAll(() => {
    face = faceOf(service.app);
  });

  const twice = async <T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    const first = await ask();
    const second = await ask();
    expect(shown(second)).toEqual(shown(first));
    if (faceName === 'REST' && first.ok) expect([wasReplayed(first), wasReplayed(second)]).toEqual([false, true]);
    return first;
  };

  it('of a creation is answered with what was made, and makes nothing', async () => {
    const idempotencyKey = aKey();
    const input = { name: named('made'), labels: { a: '1', b: '2' } };
    const first = doneOf(await twice(() => face.createNetwork(input, { idempotencyKey })));
    expect(first).toMatchObject({ changed: true, etag: expect.any(String) as string });
    if (faceName === 'REST') expect(first.http).toMatchObject({ status: 201, location: `/v1/networks/${first.value.id}` });
    const { networks } = await standing(service.engine);
    expect(networks.filter((name) => name === input.name)).toHaveLength(1);
  });

  it('does not care in which order the input is written', async () => {
    const idempotencyKey = aKey();
    const name = named('order');
    const first = valueOf(await face.createNetwork({ name, internal: true, labels: { a: '1', b: '2' } }, { idempotencyKey }));
    const second = valueOf(await face.createNetwork({ labels: { a: '1', b: '2' }, internal: true, name }, { idempotencyKey }));
    expect(second.id).toBe(first.id);
  });

  it('of a removal is answered alike, and leaves alone what has come to bear the name since', async () => {
    const idempotencyKey = aKey();
    const name = named('removed');
    valueOf(await face.createNetwork({ name }));
    const first = await face.removeNetwork(name, { idempotencyKey });
    const { id } = valueOf(await face.createNetwork({ name }));
    const second = await face.removeNetwork(name, { idempotencyKey });
    expect(shown(second)).toEqual(shown(first));
    expect(doneOf(second).changed).toBe(true);
    expect(valueOf(await face.getNetwork(name)).id).toBe(id);
  });

  it('of what was refused is refused alike, although it would be done now', async () => {
    const idempotencyKey = aKey();
    const name = named('refused');
    valueOf(await face.createNetwork({ name }));
    const first = refusalOf(await face.createNetwork({ name }, { idempotencyKey }));
    expect(first).toMatchObject({ code: 'NETWORK_NAME_TAKEN', status: 409, extras: { holder: { name } } });
    valueOf(await face.removeNetwork(name));
    expect(await face.createNetwork({ name }, { idempotencyKey })).toEqual(first);
    expect((await standing(service.engine)).networks).not.toContain(name);
    expect(refusalOf(await twice(() => face.removeNetwork(name, { idempotencyKey }))).code).toBe('NETWORK_NOT_FOUND');
  });

  it('of what cannot have done anything yet is carried out, and the key is free for another input', async () => {
    const idempotencyKey = aKey();
    const name = named('freed');
    const wrong = { name, ipam: { pools: [{ subnet: 'nonsense' }] } };
    expect(refusalOf(await face.createNetwork(wrong, { idempotencyKey })).code).toBe('VALIDATION_FAILED');
    const done = doneOf(await face.createNetwork({ name }, { idempotencyKey }));
    expect(wasReplayed(done)).not.toBe(true);
  });

  it('with the warnings of the first, of attaching and detaching', async () => {
    const [network, container] = [named('net'), named('box')];
    valueOf(await face.createNetwork({ name: network }));
    const input = { name: container, image: 'fl-busybox', command: ['sleep', '1000'], networks: [{ network }] };
    const created = doneOf(await twice(() => face.createContainer({ ...input, start: true }, { idempotencyKey: named('c') })));
    expect(created.value).toMatchObject({ name: container, state: 'running', attachments: [{ networkName: network }] });
    const keyed = { idempotencyKey: aKey() };
    expect(doneOf(await twice(() => face.detach(network, container, keyed))).warnings).toHaveLength(1);
    const attached = doneOf(await twice(() => face.attach({ network, container, aliases: ['x'] }, keyed)));
    expect(attached).toMatchObject({ changed: true, value: { active: true } });
    const { id } = attached.value;
    expect(doneOf(await twice(() => face.removeAttachment(id, keyed))).changed).toBe(true);
  });

  it('of steps of a container are told as the first, whatever became of it since', async () => {
    const name = named('steps');
    valueOf(await face.createContainer({ name, image: 'fl-busybox', command: ['sleep', '1000'] }));
    const keyed = { idempotencyKey: aKey() };
    const paused = await face.pauseContainer(name, keyed);
    valueOf(await face.unpauseContainer(name, keyed));
    expect(shown(await face.pauseContainer(name, keyed))).toEqual(shown(paused));
    const restarted = valueOf(await face.restartContainer(name, { ...keyed, timeoutSeconds: 0 }));
    expect(valueOf(await face.restartContainer(name, { ...keyed, timeoutSeconds: 0 })).startedAt).toBe(restarted.startedAt);
    expect(valueOf(await face.getContainer(name)).startedAt).toBe(restarted.startedAt);
    expect(doneOf(await twice(() => face.removeContainer(name, { ...keyed, force: true }))).changed).toBe(true);
  });

  it('of a prune tells what the first one removed', async () => {
    const name = named('unused');
    valueOf(await face.createNetwork({ name, labels: { prune: faceName } }));
    const input = { labels: [`prune=${faceName}`] };
    const keyed = { idempotencyKey: aKey() };
    expect(valueOf(await twice(() => face.pruneNetworks(input, keyed))).networks).toMatchObject([{ name }]);
  });

  it('while the first is at it is told so, and later gets the answer', async () => {
    const name = named('slow');
    // It does not listen to this signal, so that stopping takes as long as it is given.
    await service.engine.docker('run', '--detach', '--name', name, '--stop-signal', 'SIGTERM', 'fl-busybox', 'sleep', '1000');
    await eventually(async () => valueOf(await face.getContainer(name)));
    const options = { idempotencyKey: aKey(), timeoutSeconds: 2 };
    const first = face.stopContainer(name, options);
    await eventually(async () => {
      const { code, status } = refusalOf(await face.stopContainer(name, options));
      expect({ code, status }).toEqual({ code: 'IDEMPOTENCY_IN_PROGRESS', status: 409 });
    });
    const done = shown(await first);
    expect(shown(await face.stopContainer(name, options))).toEqual(done);
  });

  it('with another input is refused, whether the first succeeded or was refused', async () => {
    const keyed = { idempotencyKey: aKey() };
    valueOf(await face.createNetwork({ name: named('one') }, keyed));
    const other = refusalOf(await face.createNetwork({ name: named('two') }, keyed));
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
    expect(refusalOf(await face.createNetwork({ name: named('one') }, { ...keyed, dryRun: true })).code).toBe('IDEMPOTENCY_KEY_REUSED');
    const again = { idempotencyKey: aKey() };
    expect(refusalOf(await face.removeContainer('nobody', again)).code).toBe('CONTAINER_NOT_FOUND');
    const { etag = '' } = doneOf(await face.getNetwork('bridge'));
    const options = { ...again, ifMatch: etag };
    // REST tells removals of different things apart by their paths.
    expect(refusalOf(await face.removeContainer('nobody', options)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('is known by its key within one operation only', async () => {
    const keyed = { idempotencyKey: aKey() };
    const name = named('scoped');
    valueOf(await face.createNetwork({ name }, keyed));
    expect(doneOf(await face.removeNetwork(name, keyed)).changed).toBe(true);
    expect(refusalOf(await face.removeNetwork(name)).code).toBe('NETWORK_NOT_FOUND');
  });

  it.each([
    ['a space', 'a b'],
    ['256 characters', 'x'.repeat(256)],
    ['a letter beyond ASCII', 'clé'],
  ])('cannot be known by a key with %s', async (_what, idempotencyKey) => {
    const name = named('bad-key');
    const refused = refusalOf(await face.createNetwork({ name }, { idempotencyKey }));
    expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(refused.extras.errors).toMatchObject([{ field: faceName === 'REST' ? 'Idempotency-Key' : 'idempotencyKey' }]);
    expect((await standing(service.engine)).networks).not.toContain(name);
  });

  it('takes a key of 255 characters', async () => {
    const idempotencyKey = '!~'.repeat(127) + 'x';
    expect(doneOf(await face.createNetwork({ name: named('long-key') }, { idempotencyKey })).changed).toBe(true);
  });
});

describe('a key', () => {
  it('means nothing to a read', async () => {
    const read = (path: string) => service.app.http.get(path).set('Idempotency-Key', 'not a key');
    expect((await read('/v1/networks')).status).toBe(200);
    expect((await read('/v1/networks')).headers['idempotent-replayed']).toBeUndefined();
  });

  it('serves each mutation of one document by itself', async () => {
    const { data } = await service.app.gql<Record<string, { changed: boolean; network: { id: string } }>>(`mutation {
      a: createNetwork(input: {name: "doc-a"}, idempotencyKey: "doc") { changed network { id } }
      b: createNetwork(input: {name: "doc-a"}, idempotencyKey: "doc") { changed network { id name attachments { id } engine { name } } }
      c: removeNetwork(ref: "doc-a", idempotencyKey: "doc") { changed network { id } }
    }`);
    expect(data?.b).toMatchObject({ ...data?.a, network: { name: 'doc-a', attachments: [], engine: { name: 'local' } } });
    expect(data?.c).toMatchObject({ changed: true, network: { id: data?.a?.network.id } });
  });

  it('may be null in GraphQL, which is none', async () => {
    const remove = 'mutation { removeContainer(ref: "nobody", idempotencyKey: null) { changed } }';
    const { errors } = await service.app.gql(remove);
    expect(errors).toMatchObject([{ extensions: { code: 'CONTAINER_NOT_FOUND' } }]);
  });
});
