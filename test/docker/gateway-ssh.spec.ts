import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { SshSettings } from '../../src/config/settings.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivateSshd, type PrivateSshd } from '../support/private-sshd.js';
import { codeOf, failureOf } from './engine-lab.js';

let engine: PrivateEngine;
let sshd: PrivateSshd;

async function through<T>(
  ask: (gateway: DockerodeGateway) => Promise<T>,
  { endpoint = sshd.endpoint(engine.socketPath), ...ssh }: Partial<SshSettings> & { readonly endpoint?: string } = {},
): Promise<T> {
  const gateway = new DockerodeGateway({ name: 'far', endpoint, ssh: { ...sshd.ssh, ...ssh } });
  try {
    return await ask(gateway);
  } finally {
    await gateway.close();
  }
}

beforeAll(async () => {
  [engine, sshd] = await Promise.all([startPrivateEngine({ name: 'far' }), startPrivateSshd()]);
});
afterAll(async () => {
  await sshd.stop();
  await engine.stop();
});

describe('an engine behind ssh', () => {
  it('is reached with a known host key and our key', async () => {
    expect(await through((gateway) => gateway.connect())).toMatchObject({ apiVersion: '1.41' });
  });

  it('answers many at once over few connections, as many as sshd grants sessions to', async () => {
    const before = sshd.log().split('Accepted publickey').length;
    await through(async (gateway) => {
      await gateway.connect();
      const stream = await gateway.openEvents();
      const refused = await Promise.all(Array.from({ length: 9 }, (_, each) => codeOf(gateway.startContainer(`nobody${each}`))));
      expect(new Set(refused)).toEqual(new Set(['CONTAINER_NOT_FOUND']));
      stream.close();
    });
    expect(sshd.log().split('Accepted publickey').length - before).toBeLessThanOrEqual(4);
  });

  it('is reached with a key that has a passphrase', async () => {
    const privateKey = sshd.makeKey('locked', 'open sesame');
    sshd.letIn(sshd.publicKey('locked'));
    await through((gateway) => gateway.ping(), { privateKey, passphrase: 'open sesame' });
    for (const passphrase of [undefined, 'wrong']) {
      const failure = await through((gateway) => failureOf(gateway.ping()), { privateKey, passphrase });
      expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    }
  });

  it('is reached with a key that may do nothing but that', async () => {
    const privateKey = sshd.makeKey('least');
    const command = `docker --host unix://${engine.socketPath} system dial-stdio`;
    sshd.letIn(`restrict,command="${command}" ${sshd.publicKey('least')}`);
    const endpoint = sshd.endpoint('');
    expect(await through((gateway) => gateway.connect(), { endpoint, privateKey })).toMatchObject({ apiVersion: '1.41' });
  });

  it.each([
    ['the host shows another key', () => ({ hostKeys: [sshd.publicKey('client')] }), /shows the host key ssh-ed25519 SHA256:/],
    ['no host key is known', () => ({ hostKeys: [] }), /no host key is known/],
    ['the host has no key of the kind that is known', () => {
      sshd.makeKey('other', '', 'ecdsa');
      return { hostKeys: [sshd.publicKey('other')] };
    }, /no host key of a kind/],
    ['our key is not let in', () => ({ privateKey: sshd.makeKey('stranger') }), /does not let root in/],
    ['the engine is not there', () => ({ endpoint: sshd.endpoint('/nowhere/docker.sock') }), /nowhere\/docker.sock/],
    ['nobody listens', () => ({ endpoint: 'ssh://root@127.0.0.1:1' }), /ECONNREFUSED/],
  ])('is not reached, and nothing is done, where %s', async (_, change, words) => {
    const failure = await through((gateway) => failureOf(gateway.startContainer('a1')), change());
    expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringMatching(words) });
    expect(failure?.extras.outcome).toBeUndefined();
  });

  it('is lost when the connection is', async () => {
    const own = await startPrivateSshd();
    const gateway = new DockerodeGateway({ name: 'far', endpoint: own.endpoint(engine.socketPath), ssh: own.ssh });
    const stream = await gateway.openEvents();
    const reading = (async () => {
      for await (const _ of stream) expect.unreachable();
    })();
    await own.stop();
    await eventually(() => expect(stream.endReason).not.toBeNull());
    await reading;
    expect(await failureOf(gateway.ping())).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await gateway.close();
  });
});
