import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { json } from '../docker/fake-engine.js';
import { recorded, RecordedEngine } from '../docker/recorded-engine.js';
import { Authority } from '../support/certificates.js';
import { Receiver } from '../webhooks/receiver.js';
import type { Canaries } from './canaries.js';

/** An engine that holds secrets, machines that are reached with some, and a receiver that repeats what it is sent. */
export interface GuardedPlaces {
  /** FAIRLEAD_ENGINES, with files of secrets. */
  readonly engines: string;
  /** Another machine that asks for a password and lets nobody in. */
  machine(): Promise<Machine>;
  readonly receiver: Receiver;
  close(): Promise<void>;
}

interface Machine {
  readonly endpoint: string;
  readonly hostKey: string;
  close(): Promise<void>;
}

const VERSION = '1.52';

export async function guardedPlaces(canaries: Canaries): Promise<GuardedPlaces> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-secrets-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const engine = await engineWithSecrets(canaries);
  const machines: Machine[] = [];
  const machine = async (): Promise<Machine> => {
    const made = await machineThatLetsNobodyIn();
    machines.push(made);
    return made;
  };
  const [ssh, tls] = [await machine(), await machine()];
  const receiver = await new Receiver().start();
  receiver.answers(({ headers, body }, response) => void response.writeHead(500).end(JSON.stringify({ headers, body })));
  const authority = new Authority();
  const pair = authority.issue('client');
  canaries.watch('TLS key of an engine', pair.key);
  const passphrase = canaries.plant('passphrase of an ssh key');
  const { private: sshKey } = ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 2 });
  canaries.watch('ssh key', sshKey);
  return {
    engines: file('engines.json', JSON.stringify([
      { name: 'recorded', endpoint: engine.endpoint },
      {
        name: 'over-tls',
        endpoint: tls.endpoint.replace(/.*@/, 'tcp://'),
        tls: { ca: file('ca.pem', authority.ca), cert: file('cert.pem', pair.cert), key: file('key.pem', pair.key) },
      },
      {
        name: 'over-ssh',
        endpoint: ssh.endpoint,
        ssh: {
          knownHosts: file('known_hosts', `[127.0.0.1]:${new URL(ssh.endpoint).port} ${ssh.hostKey}\n`),
          key: file('id_ed25519', sshKey),
          passphraseFile: file('passphrase', passphrase),
          passwordFile: file('password', canaries.plant('password of an ssh user')),
        },
      },
    ])),
    machine,
    receiver,
    close: async () => {
      await Promise.all([engine.stop(), receiver.stop(), ...machines.map((each) => each.close())]);
      authority.end();
      rmSync(folder, { recursive: true });
    },
  };
}

async function engineWithSecrets(canaries: Canaries): Promise<RecordedEngine> {
  const engine = await RecordedEngine.start(VERSION);
  const web = recorded(VERSION, 'container-web');
  const config = { ...(web['Config'] as object), Env: [`DATABASE_PASSWORD=${canaries.plant("a container's environment")}`] };
  engine.fake.answers[`/containers/${String(web['Id'])}/json`] = json({ ...web, Config: config });
  engine.fake.answers['/info'] = json({
    ...recorded(VERSION, 'info'),
    HttpProxy: `http://user:${encodeURIComponent(canaries.plant("the engine's proxy"))}@proxy.example`,
  });
  return engine;
}

async function machineThatLetsNobodyIn(): Promise<Machine> {
  const host = ssh2.utils.generateKeyPairSync('ed25519');
  const server = new ssh2.Server({ hostKeys: [host.private] }, (client) => {
    client.on('authentication', (context) => context.reject(['publickey', 'password']));
    client.on('error', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `ssh://root@127.0.0.1:${(server.address() as AddressInfo).port}`,
    hostKey: host.public.trim(),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
