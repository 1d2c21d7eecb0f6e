import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet } from '../builders/a-network.js';
import { refusalOf, valueOf, type Answer, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { graphqlFace } from './graphql-face.js';
import { startService, type Service } from './service.js';

let service: Service;
let network: Network;
let container: Container;

beforeAll(async () => {
  service = await startService(['east', 'west']);
  const face = graphqlFace(service.app);
  network = valueOf(await face.createNetwork(aNetwork({ name: 'unique', engine: 'east' })));
  container = valueOf(await face.createContainer(aContainer({ name: 'lonely', engine: 'east', start: false })));
  for (const engine of ['east', 'west']) {
    valueOf(await face.createNetwork({ name: 'shared', engine, ipam: { pools: [{ subnet: aSubnet() }] } }));
    valueOf(await face.createContainer(aContainer({ name: 'twin', engine, start: false })));
  }
});

afterAll(() => service.stop());

const asked = <T>(ask: (face: Face) => Promise<Answer<T>>): Promise<Answer<T>> => agreed(service.app, ask);

describe('a reference', () => {
  it('is an id, a name or a unique prefix of an id', async () => {
    for (const ref of [network.id, 'unique', network.id.slice(0, 12), network.id.slice(0, 6)]) {
      expect(valueOf(await asked((face) => face.getNetwork(ref)))).toEqual(network);
    }
    for (const ref of [container.id, 'lonely', container.id.slice(0, 12)]) {
      expect(valueOf(await asked((face) => face.getContainer(ref)))).toEqual(container);
    }
    const end = { network: network.id.slice(0, 10), container: container.id.slice(0, 10) };
    const made = valueOf(await graphqlFace(service.app).attach(end));
    expect(valueOf(await asked((face) => face.listAttachments(end))).items).toEqual([made]);
    valueOf(await graphqlFace(service.app).detach(end.network, end.container));
  });

  it('is no id by fewer than four characters', async () => {
    const refused = refusalOf(await asked((face) => face.getNetwork(network.id.slice(0, 3))));
    expect(refused).toMatchObject({ code: 'NETWORK_NOT_FOUND', status: 404 });
  });

  it('means a name first where it could be the prefix of an id too', async () => {
    const prefix = network.id.slice(0, 8);
    const face = graphqlFace(service.app);
    const decoy = valueOf(await face.createNetwork(aNetwork({ name: prefix, engine: 'west' })));
    expect(valueOf(await asked((each) => each.getNetwork(prefix))).id).toBe(decoy.id);
    valueOf(await face.removeNetwork(prefix));
    expect(valueOf(await asked((each) => each.getNetwork(prefix))).id).toBe(network.id);
  });

  it('that several engines know is ambiguous until the engine is named', async () => {
    for (const ask of [
      (face: Face): Promise<Answer<unknown>> => face.getNetwork('shared'),
      (face: Face): Promise<Answer<unknown>> => face.getContainer('twin'),
      (face: Face): Promise<Answer<unknown>> => face.removeNetwork('shared'),
      (face: Face): Promise<Answer<unknown>> => face.startContainer('twin'),
      (face: Face): Promise<Answer<unknown>> => face.listAttachments({ network: 'shared' }),
      (face: Face): Promise<Answer<unknown>> => face.attach({ network: 'shared', container: 'twin' }),
    ]) {
      const refused = refusalOf(await asked(ask));
      expect(refused).toMatchObject({ code: 'AMBIGUOUS_REFERENCE', status: 409 });
      const candidates = refused.extras.candidates as readonly { engine: string; id: string }[];
      expect(candidates.map(({ engine }) => engine)).toEqual(['east', 'west']);
    }
    for (const engine of ['east', 'west']) {
      expect(valueOf(await asked((face) => face.getNetwork('shared', { engine }))).engines).toEqual([engine]);
      expect(valueOf(await asked((face) => face.getContainer('twin', { engine }))).engine).toBe(engine);
    }
    const { code } = refusalOf(await asked((face) => face.getNetwork('shared', { engine: 'north' })));
    expect(code).toBe('ENGINE_NOT_FOUND');
  });

  it('to a container picks the engine on which the network is looked for', async () => {
    const face = graphqlFace(service.app);
    const made = valueOf(await face.attach({ network: 'shared', container: 'lonely' }));
    expect(made.engine).toBe('east');
    valueOf(await face.removeAttachment(made.id));
    const [west] = valueOf(await face.listNetworks({ engine: 'west', name: 'shared' })).items;
    const foreign = refusalOf(await asked((each) => each.attach({ network: west!.id, container: 'lonely' })));
    expect(foreign).toMatchObject({ code: 'NETWORK_NOT_FOUND', status: 404 });
  });

  it('to an engine is needed where something is created and there are several', async () => {
    for (const ask of [
      (face: Face): Promise<Answer<unknown>> => face.createNetwork(aNetwork()),
      (face: Face): Promise<Answer<unknown>> => face.createContainer(aContainer()),
    ]) {
      const refused = refusalOf(await asked(ask));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, extras: { errors: [{ field: 'engine' }] } });
    }
  });

  it("to an engine's own network says the engine", async () => {
    for (const name of ['bridge', 'host', 'none']) {
      const shown = valueOf(await asked((face) => face.getNetwork(`west~${name}`)));
      expect(shown).toMatchObject({ id: `west~${name}`, name, builtin: true, engines: ['west'] });
      expect(valueOf(await asked((face) => face.getNetwork(name, { engine: 'west' })))).toEqual(shown);
      const kept = refusalOf(await asked((face) => face.removeNetwork(`west~${name}`, { detach: true })));
      expect(kept).toMatchObject({ code: 'NETWORK_BUILTIN', status: 409 });
    }
  });

  it.each(['nosuch', 'ümläut', '🐳', '../unique', 'unique/../shared', '%2f', 'a\u0000b', 'a\nb', ' unique', '~', 'x'.repeat(1000), '__proto__', 'constructor'])(
    'that means nothing is not found: %j',
    async (ref) => {
      expect(refusalOf(await asked((face) => face.getNetwork(ref)))).toMatchObject({ code: 'NETWORK_NOT_FOUND', status: 404 });
      expect(refusalOf(await asked((face) => face.getContainer(ref)))).toMatchObject({ code: 'CONTAINER_NOT_FOUND', status: 404 });
      expect(refusalOf(await asked((face) => face.getAttachment(ref)))).toMatchObject({ code: 'ATTACHMENT_NOT_FOUND', status: 404 });
      expect(refusalOf(await asked((face) => face.getEngine(ref)))).toMatchObject({ code: 'ENGINE_NOT_FOUND', status: 404 });
      expect(refusalOf(await asked((face) => face.removeNetwork(ref, { detach: true }))).status).toBe(404);
    },
  );

  it.each(['/v1/networks/../../etc/passwd', '/v1/networks/..%2f..%2fetc', '/v1/networks/%00', '/v1/networks/%zz', '/v1/networks/%ff%fe', '/v1/networks/a%0d%0ab', '/v1/networks/%2e%2e'])(
    'in a path that plays tricks is refused as one that does not exist or cannot be read: %s',
    async (path) => {
      const { status, body } = await raw(service.app, path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(JSON.parse(body)).toMatchObject({ status, code: expect.stringMatching(/^(NETWORK_)?NOT_FOUND$|^MALFORMED_REQUEST$/) as string });
    },
  );
});

/** A request whose path no client has tidied up. */
function raw({ url, key }: StartedApp, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { authorization: `Bearer ${key}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('while an engine has never been reached', () => {
  let app: StartedApp;

  beforeAll(async () => {
    const never = { name: 'north', endpoint: 'unix:///nonexistent/docker.sock' };
    app = await startApp({ engines: [never] });
  });

  afterAll(() => app.close());

  it.each(FACES)('what may be on it is not said to be missing (%s)', async (_name, faceOf) => {
    const face = faceOf(app);
    for (const answer of [
      await face.getNetwork('web'),
      await face.getContainer('web'),
      await face.getAttachment('a.b'),
      await face.listAttachments({ network: 'web' }),
      await face.removeNetwork('web'),
      await face.attach({ network: 'web', container: 'box' }),
      await face.createNetwork(aNetwork()),
      await face.createContainer(aContainer()),
      await face.pruneNetworks(),
      await face.testEngine('north'),
    ]) {
      expect(refusalOf(answer)).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503, extras: { engine: 'north' } });
    }
    expect(valueOf(await face.listNetworks())).toMatchObject({ items: [], total: 0, engines: [{ name: 'north', syncedAt: null }] });
    expect(valueOf(await face.getEngine('north'))).toMatchObject({ version: null, syncedAt: null, counts: { networks: 0 } });
  });
});
