import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import { doneOf, refusalOf, type Answer, type Face } from '../e2e/face.js';
import { graphqlFace } from '../e2e/graphql-face.js';
import { restFace } from '../e2e/rest-face.js';
import { inspect, standing } from '../e2e/service.js';
import { openCuttableSocket, type CuttableSocket } from '../support/cuttable-socket.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import type { StartedApp } from '../support/start-app.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';

const IMAGE = { image: 'fl-busybox', command: ['sleep', '1000'] };
const RUN = ['--detach', 'fl-busybox', 'sleep', '1000'];

let engine: PrivateEngine;
let way: CuttableSocket;
let service: ServiceProcess;

const FACES: readonly (readonly [Face['name'], () => Face])[] = [
  ['REST', () => restFace(service)],
  ['GraphQL', () => graphqlFace({ gql })],
];

const gql: StartedApp['gql'] = async (query, variables) => {
  const { status, body } = await service.send('POST', '/graphql', { query, variables });
  return { status, ...(body as object) };
};

beforeAll(async () => {
  engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.200.0.0/16,size=24' });
  way = await openCuttableSocket(engine.servedAt);
  // The same port after each start: the faces know the service by its address.
  const port = await findFreePort();
  service = await startServiceProcess({ engines: [{ name: 'local', endpoint: way.endpoint }], port });
  await service.untilConnected();
});
afterAll(async () => {
  await service.stop();
  await way.close();
  await engine.stop();
});

/** How many records have noted what they are about to do. */
function noted(): number {
  const database = new DatabaseSync(join(service.dir, 'data', 'fairlead.db'), { readOnly: true });
  try {
    const row = database.prepare('select count(*) as n from idempotency_records where basis is not null and answer is null').get();
    return Number(row?.['n']);
  } finally {
    database.close();
  }
}

/** Asks for writes that get no further than to the engine's door, and kills the service there. */
async function dieInTheMiddleOf(asks: readonly (() => Promise<unknown>)[]): Promise<void> {
  way.hold();
  const before = noted();
  const answers = asks.map((ask) => ask().then(() => undefined, (error: unknown) => error));
  await eventually(() => expect(noted()).toBe(before + asks.length));
  await service.kill('SIGKILL');
  await Promise.all(answers);
  // What was on its way to the engine is lost.
  await way.cut();
  way.resume();
  await way.mend();
}

async function comeBack(): Promise<void> {
  await service.start();
  await service.untilConnected();
}

const finally_ = <T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> =>
  eventually(
    async () => {
      const answer = await ask();
      if (!answer.ok && answer.code === 'IDEMPOTENCY_IN_PROGRESS') throw new Error(answer.detail);
      return answer;
    },
    { timeoutMs: 40_000, intervalMs: 250 },
  );

describe('writes in the middle of which the service was killed', () => {
  /** Every kind of write, each on things of its own, and the docker client's way of doing the same. */
  async function writes(run: string, faceName: Face['name'], face: Face) {
    const tag = `${faceName.toLowerCase()}-${run}`;
    const name = (what: string): string => `${tag}-${what}`;
    const keyed = { idempotencyKey: tag };
    const docker = engine.docker.bind(engine);
    for (const what of ['net', 'gone', 'left', 'bare', 'pruned']) {
      const labels = what === 'pruned' ? ['--label', `prune=${tag}`] : [];
      await docker('network', 'create', ...labels, name(what));
    }
    for (const what of ['on', 'off', 'stop', 'pause', 'kill']) await docker('run', '--name', name(what), ...RUN);
    await docker('network', 'connect', name('net'), name('off'));
    await docker('network', 'connect', name('left'), name('off'));
    await docker('run', '--name', name('unpause'), ...RUN);
    await docker('pause', name('unpause'));
    await docker('create', '--name', name('start'), ...RUN.slice(1));
    await eventually(async () => expect(doneOf(await face.getContainer(name('start'))).value.state).toBe('created'));
    return ([
      ['createNetwork', () => face.createNetwork({ name: name('new'), internal: true }, keyed), () => docker('network', 'create', '--internal', name('new'))],
      ['removeNetwork', () => face.removeNetwork(name('gone'), keyed), () => docker('network', 'rm', name('gone'))],
      ['pruneNetworks', () => face.pruneNetworks({ labels: [`prune=${tag}`] }, keyed), () => docker('network', 'rm', name('pruned'))],
      ['attach', () => face.attach({ network: name('net'), container: name('on'), aliases: ['a'] }, keyed), () => docker('network', 'connect', '--alias', 'a', name('net'), name('on'))],
      ['detach', () => face.detach(name('net'), name('off'), keyed), () => docker('network', 'disconnect', name('net'), name('off'))],
      ['createContainer', () => face.createContainer({ ...IMAGE, name: name('box'), networks: [{ network: name('net') }] }, keyed), () => docker('run', '--name', name('box'), '--network', name('net'), ...RUN)],
      ['startContainer', () => face.startContainer(name('start'), keyed), () => docker('start', name('start'))],
      ['stopContainer', () => face.stopContainer(name('stop'), { ...keyed, timeoutSeconds: 0 }), () => docker('stop', '--time', '0', name('stop'))],
      ['pauseContainer', () => face.pauseContainer(name('pause'), keyed), () => docker('pause', name('pause'))],
      ['unpauseContainer', () => face.unpauseContainer(name('unpause'), keyed), () => docker('unpause', name('unpause'))],
      ['removeContainer', () => face.removeContainer(name('kill'), { ...keyed, force: true }), () => docker('rm', '--force', name('kill'))],
    ] as readonly (readonly [string, () => Promise<Answer<unknown>>, () => Promise<unknown>])[]).map(([what, ask, act]) => ({
      ...{ what: `${what} through ${faceName}`, ask, act, faceName },
    }));
  }

  const writesOfAllFaces = async (run: string) => (await Promise.all(FACES.map(([name, face]) => writes(run, name, face())))).flat();

  it('and that the engine never heard of: told that nothing stands of them, and not run', async () => {
    const all = await writesOfAllFaces('lost');
    await dieInTheMiddleOf(all.map(({ ask }) => ask));
    await comeBack();
    const before = await standing(engine);
    for (const { what, ask } of all) {
      const refused = refusalOf(await finally_(ask));
      expect({ what, code: refused.code, extras: refused.extras }).toEqual({ what, code: 'IDEMPOTENCY_UNFINISHED', extras: {} });
      // It stays so.
      expect(await ask()).toEqual(refused);
    }
    expect(await standing(engine)).toEqual(before);
    for (const [name, face] of FACES) {
      const again = await face().createNetwork({ name: `${name.toLowerCase()}-lost-new` }, { idempotencyKey: `another-${name}` });
      expect(doneOf(again).changed).toBe(true);
    }
  }, 120_000);

  it('and that the engine carried out: answered with what stands, and not run again', async () => {
    const all = await writesOfAllFaces('done');
    await dieInTheMiddleOf(all.map(({ ask }) => ask));
    for (const { act } of all) await act();
    await comeBack();
    const before = await standing(engine);
    for (const { what, ask, faceName } of all) {
      const done = await ask();
      expect({ what, answer: done }).toMatchObject({ what, answer: { ok: true } });
      if (faceName === 'GraphQL') expect({ what, ...done }).toMatchObject({ what, changed: true });
      else expect(doneOf(done).http?.replayed).toBe(true);
      expect(await ask()).toEqual(done);
    }
    expect(await standing(engine)).toEqual(before);
  }, 120_000);

  it('and of which a part stands: told which', async () => {
    const halves = await Promise.all(FACES.map(async ([faceName, faceOf]) => {
      const [tag, face] = [faceName.toLowerCase(), faceOf()];
      const [net, left, box] = ['net', 'left', 'box'].map((what) => `${tag}-half-${what}`) as [string, string, string];
      const keyed = { idempotencyKey: `${tag}-half` };
      await engine.docker('network', 'create', net);
      await engine.docker('network', 'create', left);
      await engine.docker('run', '--name', `${box}-on`, '--network', left, ...RUN);
      await eventually(async () => expect(doneOf(await face.getNetwork(left)).value.attachmentCount).toBe(1));
      const create = () => face.createContainer({ ...IMAGE, name: box, networks: [{ network: net }, { network: left }] }, keyed);
      const remove = () => face.removeNetwork(left, { ...keyed, detach: true });
      return { net, left, box, create, remove };
    }));
    await dieInTheMiddleOf(halves.flatMap(({ create, remove }) => [create, remove]));
    for (const { net, left, box } of halves) {
      await engine.docker('create', '--name', box, '--network', net, 'fl-busybox', 'sleep', '1000');
      await engine.docker('network', 'disconnect', left, `${box}-on`);
    }
    await comeBack();
    for (const { left, box, create, remove } of halves) {
      const created = refusalOf(await finally_(create));
      expect(created).toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED', extras: { holder: { kind: 'container', name: box } } });
      expect(created.detail).toContain(`not attached to ${left} and not started`);
      const removed = refusalOf(await finally_(remove));
      expect(removed.extras.notRestored).toMatchObject([{ container: { name: `${box}-on` } }]);
    }
  }, 120_000);
});

describe('a write whose outcome was left open', () => {
  const restart = (name: string) => restFace(service).restartContainer(name, { idempotencyKey: name, timeoutSeconds: 5 });
  const stop = (name: string) => restFace(service).stopContainer(name, { idempotencyKey: name, timeoutSeconds: 5 });

  /** Asks for it, and waits until the engine is waiting for the container to end, which does not listen to signals. */
  const begin = async (name: string, end: (name: string) => Promise<Answer<Container>> = stop): Promise<{ asked: Promise<Answer<Container> | undefined> }> => {
    await engine.docker('run', '--name', name, '--stop-signal', 'SIGTERM', ...RUN);
    await eventually(async () => doneOf(await restFace(service).getContainer(name)));
    const asked = end(name).catch(() => undefined);
    const kills = ['events', '--since', '1m', '--until', '0s', '--filter', 'event=kill', '--filter', `container=${name}`];
    await eventually(async () => expect(await engine.docker(...kills)).toContain(name));
    return { asked };
  };

  it('because the service was killed while the engine was at it is told when it is done', async () => {
    const { asked } = await begin('long');
    await service.kill('SIGKILL');
    await asked;
    await comeBack();
    const done = doneOf(await finally_(() => stop('long')));
    expect(done).toMatchObject({ value: { name: 'long', state: 'exited' }, http: { status: 200, replayed: true } });
  }, 90_000);

  it('because the service was killed while the engine was at a restart is told as what has come of it', async () => {
    const { asked } = await begin('again', restart);
    const before = doneOf(await restFace(service).getContainer('again')).value;
    await service.kill('SIGKILL');
    await asked;
    await comeBack();
    const answer = await finally_(() => restart('again'));
    const { State } = (await inspect(engine, 'container', 'again')) as unknown as { State: { Running: boolean; StartedAt: string } };
    // An engine may give a restart up half-way when nobody waits for it any more.
    const isAgain = State.Running && Date.parse(State.StartedAt) > Date.parse(before.startedAt ?? '');
    if (isAgain) expect(doneOf(answer).value).toMatchObject({ state: 'running' });
    else expect(refusalOf(answer)).toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED', extras: { outcome: 'unknown' } });
    expect(await restart('again')).toEqual(answer.ok ? { ...answer, http: { ...answer.http, replayed: true } } : answer);
  }, 90_000);

  it('because the way to the engine was cut is told as unknown, kept while the engine is away, then found out', async () => {
    const { asked } = await begin('cut');
    await way.cut();
    expect(await asked).toMatchObject({ ok: false, status: 503, extras: { outcome: 'unknown' } });
    expect(refusalOf(await stop('cut')).code).toBe('ENGINE_UNREACHABLE');
    await way.mend();
    const done = await eventually(async () => doneOf(await stop('cut')), { timeoutMs: 40_000, intervalMs: 250 });
    expect(done.value).toMatchObject({ name: 'cut', state: 'exited' });
  }, 90_000);
});
