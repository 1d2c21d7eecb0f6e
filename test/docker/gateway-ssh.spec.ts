import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import ssh2, { type Server } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { SshSettings } from '../../src/config/settings.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivateSshd, type PrivateSshd } from '../support/private-sshd.js';
import { codeOf, failureOf } from './engine-lab.js';
import { aNetworkSpec } from './specs.js';

let engine: PrivateEngine;
let sshd: PrivateSshd;

async function through<T>(
  ask: (gateway: DockerodeGateway) => Promise<T>,
  { endpoint = sshd.endpoint(engine.servedAt), ...ssh }: Partial<SshSettings> & { readonly endpoint?: string } = {},
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

/** An sshd of Debian's that takes passwords would take those of the machine's own users. */
async function openPasswordSshd(password: string): Promise<{ server: Server; endpoint: string; asked: string[] }> {
  const asked: string[] = [];
  const server = new ssh2.Server({ hostKeys: [sshd.makeKey('password-host')] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      asked.push(attempt.method === 'password' ? attempt.password : attempt.method);
      if (attempt.method === 'password' && attempt.password === password) attempt.accept();
      else attempt.reject(['password']);
    });
    client.on('session', (acceptSession) => {
      acceptSession().on('exec', (acceptExec, _reject, { command }) => {
        const stream = acceptExec();
        const [program = '', ...args] = command.split(' ');
        const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
        stream.pipe(child.stdin);
        child.stdout.pipe(stream);
        stream.once('close', () => child.kill());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, endpoint: `ssh://someone@127.0.0.1:${port}${engine.servedAt}`, asked };
}

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

  it.each([
    ['three sessions to a connection, and lets three in at a time', 40, ['MaxSessions 3', 'MaxStartups 3']],
    ['one session to a connection', 8, ['MaxSessions 1']],
  ])('answers all that is asked at once, while its events go on, where sshd grants %s', async (_, length, config) => {
    const own = await startPrivateSshd({ config });
    const gateway = new DockerodeGateway({ name: 'far', endpoint: own.endpoint(engine.servedAt), ssh: own.ssh });
    const stream = await gateway.openEvents();
    const heard: string[] = [];
    const reading = (async () => {
      for await (const { action, actorId } of stream) heard.push(`${action} ${actorId}`);
    })();
    const asked = Array.from({ length }, (_unused, each) =>
      each % 2 === 0 ? gateway.listNetworkIds() : codeOf(gateway.startContainer(`nobody${each}`)));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'CONTAINER_NOT_FOUND')).toHaveLength(length / 2);
    expect(answers.filter((answer) => Array.isArray(answer))).toHaveLength(length / 2);
    const { id } = await gateway.createNetwork(aNetworkSpec(`busy-${own.port}`));
    await gateway.removeNetwork(id);
    await eventually(() => expect(heard).toEqual([`create ${id}`, `destroy ${id}`]));
    expect(own.log()).not.toMatch(/drop connection|beginning MaxStartups/);
    await gateway.close();
    await reading;
    await own.stop();
  });

  it('answers many reads at once over a few streams, which are kept', async () => {
    const sessions = (): number => sshd.log().split('Starting session').length;
    const before = sessions();
    await through(async (gateway) => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.listNetworkIds()));
      expect(answers.every((ids) => ids.length === 3)).toBe(true);
    });
    expect(sessions() - before).toBeLessThanOrEqual(6);
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
    const command = `docker --host unix://${engine.servedAt} system dial-stdio`;
    sshd.letIn(`restrict,command="${command}" ${sshd.publicKey('least')}`);
    const endpoint = sshd.endpoint('');
    expect(await through((gateway) => gateway.connect(), { endpoint, privateKey })).toMatchObject({ apiVersion: '1.41' });
  });

  it('is reached with a password, which only a host that has proved itself is told', async () => {
    const { server, endpoint, asked } = await openPasswordSshd('open sesame');
    const way = { endpoint, privateKey: undefined, password: 'open sesame' };
    const stranger = await through((gateway) => failureOf(gateway.ping()), way);
    expect(stranger).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringContaining('shows the host key') });
    expect(asked).toEqual([]);
    const hostKeys = [sshd.publicKey('password-host')];
    expect(await through((gateway) => gateway.connect(), { ...way, hostKeys })).toMatchObject({ apiVersion: '1.41' });
    expect(asked).toEqual(['open sesame']);
    const wrong = await through((gateway) => failureOf(gateway.ping()), { ...way, hostKeys, password: 'wrong' });
    expect(wrong).toMatchObject({ detail: expect.stringContaining('does not let someone in') });
    await new Promise((resolve) => server.close(resolve));
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

  it('is given up in time where sshd says nothing', async () => {
    const silent = createServer((socket) => void socket.on('error', () => socket.destroy()).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const endpoint = `ssh://root@127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const gateway = new DockerodeGateway({ name: 'far', endpoint, ssh: sshd.ssh, timeouts: { pingMs: 200, readMs: 200, commandMs: 300 } });
    const began = performance.now();
    for (const ask of [() => gateway.ping(), () => gateway.startContainer('a1')]) {
      expect(await failureOf(ask())).toMatchObject({ code: 'ENGINE_TIMEOUT' });
    }
    expect(performance.now() - began).toBeLessThan(5_000);
    await gateway.close();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('is lost when the connection is', async () => {
    const own = await startPrivateSshd();
    const gateway = new DockerodeGateway({ name: 'far', endpoint: own.endpoint(engine.servedAt), ssh: own.ssh });
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
