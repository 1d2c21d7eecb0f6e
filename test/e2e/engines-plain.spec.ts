import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aNetwork } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { untilConnected } from './service.js';

const WARNED = expect.stringContaining('is not encrypted and asks nobody who they are') as string;

let engine: PrivateEngine;
let app: StartedApp;

beforeAll(async () => {
  engine = await startPrivateEngine({ name: 'plain', overTcp: true });
  app = await startApp();
});
afterAll(async () => {
  await app.close();
  await engine.stop();
});

describe.each(FACES)('an engine over tcp:// without TLS, added through %s', (_name, faceOf) => {
  let face: Face;
  const way = () => ({ name: 'plain', endpoint: engine.tcpEndpoint });
  beforeAll(() => {
    face = faceOf(app);
  });

  it('is tried out and added, each time with a warning, and the log warns of it', async () => {
    expect(doneOf(await face.addEngine(way(), { dryRun: true }))).toMatchObject({ value: { state: 'connected' }, warnings: [WARNED] });
    const before = app.logged().split('Engine plain: tcp://').length;
    expect(doneOf(await face.addEngine(way()))).toMatchObject({ changed: true, warnings: [WARNED] });
    await untilConnected(app, ['plain']);
    const shown = valueOf(await agreed(app, (each) => each.getEngine('plain')));
    expect(shown).toMatchObject({ endpoint: engine.tcpEndpoint, tls: false, credentials: [], problem: null });
    expect(app.logged().split('Engine plain: tcp://')).toHaveLength(before + 1);
  });

  it('is followed, and networks are made on it', async () => {
    const made = valueOf(await face.createNetwork(aNetwork({ engine: 'plain' })));
    expect(await engine.docker('network', 'ls', '--format', '{{.Name}}')).toContain(made.name);
    await engine.docker('network', 'rm', made.name);
    await eventually(async () => {
      const { items } = valueOf(await face.events({ engines: ['plain'], types: ['network.*'] }, { limit: 500 }));
      expect(items.slice(-2).map(({ type, subject }) => `${type} ${subject.id}`)).toEqual([`network.created ${made.id}`, `network.removed ${made.id}`]);
    });
  });

  it('is lost while it is down, and followed again on the same port', async () => {
    await engine.kill();
    await eventually(async () => expect(valueOf(await face.getEngine('plain'))).toMatchObject({ state: 'unreachable' }));
    expect(refusalOf(await face.createNetwork(aNetwork({ engine: 'plain' }))).code).toBe('ENGINE_UNREACHABLE');
    await engine.start();
    await untilConnected(app, ['plain']);
  });

  it('is not one over TLS, and says so; over its socket nothing is warned of', async () => {
    const { endpoint } = way();
    const refused = refusalOf(await face.updateEngine('plain', { tls: {} }, { dryRun: true }));
    expect(refused).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringContaining('does not speak TLS there') as string });
    expect(doneOf(await face.updateEngine('plain', { endpoint: engine.endpoint })).warnings ?? []).toEqual([]);
    expect(doneOf(await face.updateEngine('plain', { endpoint })).warnings).toEqual([WARNED]);
    valueOf(await face.removeEngine('plain'));
  });
});

it('an engine of the settings over tcp:// without TLS is warned of in the log at the start', async () => {
  const configured = await startApp({ engines: [{ name: 'open', endpoint: engine.tcpEndpoint }] });
  try {
    await untilConnected(configured, ['open']);
    expect(configured.logged()).toMatch(/"level":"warn"[^\n]*Engine open: tcp:[^\n]*is root on its host/);
    const made = valueOf(await restFace(configured).createNetwork(aNetwork()));
    valueOf(await restFace(configured).removeNetwork(made.id));
  } finally {
    await configured.close();
  }
});
