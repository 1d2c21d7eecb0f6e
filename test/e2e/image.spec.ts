import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { baseImageOfDockerfile, importBaseImage, importProxyImage } from '../support/base-image.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';

const BUILD_TIMEOUT_MS = 15 * 60_000;
const KEY = `key-${randomBytes(16).toString('hex')}`;

describe('the container image, built and run by docker-compose.yml', () => {
  let engine: PrivateEngine;
  let container: string;

  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'compose' });
    await buildImage(engine);
    await compose(engine, 'up', '--detach', '--no-build');
    container = await compose(engine, 'ps', '--quiet', 'fairlead');
  }, BUILD_TIMEOUT_MS);

  it('becomes healthy', async () => {
    await eventually(async () => {
      const health = await engine.docker('inspect', '--format', '{{.State.Health.Status}}', container);
      expect(health, await engine.docker('logs', container)).toBe('healthy');
    }, { timeoutMs: 60_000, intervalMs: 250 });
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'serving' } });
  }, 90_000);

  it('shows the networks of the engine whose socket is mounted to whoever has the key', async () => {
    const answer = await eventually(async () => {
      const page = await get('/v1/networks', { authorization: `Bearer ${KEY}` });
      expect(page.body.items).not.toEqual([]);
      return page;
    });
    expect(answer.status).toBe(200);
    expect(answer.body.items.map(({ name }) => name)).toContain('fairlead_default');
    expect(await get('/v1/networks')).toMatchObject({ status: 401 });
  });

  it('runs as an ordinary user, on a read-only file system, without capabilities', async () => {
    const [described] = JSON.parse(await engine.docker('inspect', container)) as [Described];
    expect(described.Config.User).toBe('1000:1000');
    expect(described.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      PortBindings: { '4700/tcp': [{ HostIp: '127.0.0.1', HostPort: '4700' }] },
    });
    expect(described.Config.Labels).toMatchObject({
      'org.opencontainers.image.version': (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
      'fairlead.sbom': '/app/sbom.cdx.json',
    });
    expect(await inside(`
      const status = fs.readFileSync('/proc/1/status', 'utf8');
      const write = (file) => { try { fs.writeFileSync(file, ''); return 'written'; } catch (error) { return error.code; } };
      const { uid, mode } = fs.statSync('/data');
      show({
        user: process.getuid(), data: { uid, mode: (mode & 0o7777).toString(8) },
        effective: /CapEff:\\s*(\\w+)/.exec(status)[1], bounding: /CapBnd:\\s*(\\w+)/.exec(status)[1],
        app: write('/app/written'), root: write('/written'),
      });`)).toEqual({
      user: 1000, data: { uid: 1000, mode: '700' }, effective: '0'.repeat(16), bounding: '0'.repeat(16), app: 'EROFS', root: 'EROFS',
    });
  });

  it('holds nothing that can be run but Node: no shell, no package manager, no development packages', async () => {
    const { executables, developed } = await inside(`
      const folders = fs.readdirSync('/', { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !['proc', 'sys', 'dev', 'app'].includes(entry.name));
      const files = folders.flatMap(({ name }) => fs.readdirSync('/' + name, { recursive: true, withFileTypes: true }))
        .filter((entry) => !entry.isDirectory());
      const names = files.map(({ parentPath, name }) => path.join(parentPath, name));
      show({
        executables: names.filter((name) => { try { fs.accessSync(name, fs.constants.X_OK); return true; } catch { return false; } }),
        developed: ['typescript', 'vitest'].filter((name) => fs.existsSync('/app/node_modules/' + name)),
      });`);
    expect(executables).toEqual(expect.arrayContaining(['/usr/local/bin/node']));
    expect((executables as string[]).filter((file) => !/\/(node|libc\.so\.6|ld-linux-[\w-]+\.so\.\d)$/.test(file))).toEqual([]);
    expect(developed).toEqual([]);
    const refused = await engine.docker('exec', container, 'sh', '-c', 'true').catch((error: unknown) => (error as Error).cause);
    const { stdout, stderr } = refused as { stdout: string; stderr: string };
    expect(stdout + stderr).toMatch(/"sh": executable file not found/);
  });

  it('bears the list of what is in it', async () => {
    const { listed, installed, node, debian } = await inside(`
      const { components } = JSON.parse(fs.readFileSync('sbom.cdx.json'));
      const packages = Object.entries(JSON.parse(fs.readFileSync('node_modules/.package-lock.json')).packages);
      show({
        listed: components.map(({ purl }) => decodeURIComponent(purl)).sort(),
        installed: [...new Set(packages.map(([at, { name, version }]) =>
          'pkg:npm/' + (name ?? at.slice(at.lastIndexOf('node_modules/') + 13)) + '@' + version))].sort(),
        node: process.versions.node,
        debian: fs.readdirSync('/var/lib/dpkg/status.d'),
      });`);
    expect(listed).toEqual([`pkg:generic/node@${String(node)}`, ...(installed as string[])]);
    expect(debian).toEqual(expect.arrayContaining(['libc6', 'libstdc++6']));
  });

  it('makes a backup of its database while it runs', async () => {
    const copied = await engine.docker('exec', container, 'node', 'dist/backup.js', '/data/copy.db');
    expect(copied).toMatch(/^Copied \/data\/fairlead\.db to \/data\/copy\.db: \d+ bytes, checked\.$/);
    expect(await inside(`const { uid, mode } = fs.statSync('/data/copy.db'); show({ uid, mode: (mode & 0o777).toString(8) });`))
      .toEqual({ uid: 1000, mode: '600' });
  });

  it('ends by itself when it is asked to', async () => {
    await compose(engine, 'stop', '--timeout', '30');
    expect(await engine.docker('inspect', '--format', '{{.State.ExitCode}}', container)).toBe('0');
  }, 60_000);

  it('works without the socket of the engine, behind the proxy of the other compose file', async () => {
    await compose(engine, 'down');
    const proxied = ['--file', 'docs/examples/socket-proxy/docker-compose.yml'];
    await importProxyImage(engine, 'docs/examples/socket-proxy/docker-compose.yml');
    await compose(engine, ...proxied, 'up', '--detach', '--no-build');
    container = await compose(engine, ...proxied, 'ps', '--quiet', 'fairlead');
    const isConnected = async () => expect((await get('/v1/engines/local', { authorization: `Bearer ${KEY}` })).body).toMatchObject({ state: 'connected' });
    await eventually(isConnected, { timeoutMs: 60_000, intervalMs: 250 });
    const mounts = await engine.docker('inspect', '--format', '{{range .Mounts}}{{.Destination}} {{end}}', container);
    expect(mounts.split(' ').filter(Boolean).sort()).toEqual(['/data', '/run/engine']);
    const proxy = await compose(engine, ...proxied, 'ps', '--quiet', 'socket-proxy');
    const [{ HostConfig, Config }] = JSON.parse(await engine.docker('inspect', proxy)) as [Described];
    expect({ HostConfig, Config }).toMatchObject({ Config: { User: '99:99' }, HostConfig: { ReadonlyRootfs: true, NetworkMode: 'none', CapDrop: ['ALL'] } });
    expect(await engine.docker('logs', proxy)).not.toContain(' 403 ');
  }, 180_000);

  /** What a script shows that runs in the container, with `fs` and `path` at hand: there is nothing else to run there. */
  async function inside(script: string): Promise<Record<string, unknown>> {
    const told = await engine.docker('exec', container, 'node', '--eval',
      `const show = (seen) => process.stdout.write(JSON.stringify(seen)); ${script}`);
    return JSON.parse(told) as Record<string, unknown>;
  }

  /** The port is published inside the engine's network namespace. */
  async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const ask = `
      const answer = await fetch('http://127.0.0.1:4700${path}', { headers: ${JSON.stringify(headers)} });
      process.stdout.write(JSON.stringify({ status: answer.status, body: await answer.json() }));`;
    return JSON.parse(await engine.exec(process.execPath, '--input-type=module', '--eval', ask)) as Answer;
  }
});

interface Answer {
  readonly status: number;
  readonly body: { readonly items: readonly { readonly name: string }[] };
}

interface Described {
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** The build asks the npm registry, which the engine's own network namespace does not reach. */
async function buildImage(engine: PrivateEngine): Promise<void> {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
    .flatMap((name) => (process.env[name] ? ['--build-arg', `${name}=${process.env[name]}`] : []));
  await importBaseImage(engine, baseImageOfDockerfile());
  await engine.inMachineNetwork(async () => {
    await engine.docker('build', '--quiet', '--network', 'host', ...proxies, '--tag', 'fairlead', '.');
  });
}

async function compose(engine: PrivateEngine, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/bin/docker-compose', ['--project-name', 'fairlead', ...args], {
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: engine.dir,
      DOCKER_HOST: `unix://${engine.socketPath}`,
      DOCKER_SOCKET: engine.socketPath,
      DOCKER_GID: String(statSync(engine.socketPath).gid),
      FAIRLEAD_API_KEY: KEY,
    },
  });
  return stdout.trim();
}
