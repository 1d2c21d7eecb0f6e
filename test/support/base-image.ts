import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateEngine } from './private-engine.js';

/** Outside the project: it is the same for every checkout, and takes minutes to make. */
const CACHE = '/var/cache/fairlead-lab';
const SUITE = 'bookworm';
const NPM_VERSION = '11.21.2';
const NODE_BINARY = 'node_modules/.bin/node';
const IN_IMAGE = { npm: 'usr/local/lib/node_modules/npm', certificates: 'usr/local/share/machine-certificates.pem' };

/** The image that the Dockerfile starts from, as it would be pulled where there is a registry. */
export function baseImageOfDockerfile(): string {
  const image = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync('Dockerfile', 'utf8'))?.[1];
  if (image === undefined) throw new Error('the Dockerfile names no NODE_IMAGE');
  return image;
}

/** Gives the engine an image like the official one, made here: Debian, the pinned Node, npm, and the user `node`. */
export async function importBaseImage(engine: PrivateEngine, tag: string): Promise<void> {
  const certificates = process.env.NODE_EXTRA_CA_CERTS ? [`ENV NODE_EXTRA_CA_CERTS=/${IN_IMAGE.certificates}`] : [];
  const changes = ['ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', 'CMD ["node"]', ...certificates];
  await engine.docker('import', ...changes.flatMap((change) => ['--change', change]), baseArchive(), tag);
}

/** Debian's HAProxy under the name of the image that the compose file wants: another version, and nothing else in it. */
export async function importProxyImage(engine: PrivateEngine, composeFile: string): Promise<void> {
  const image = /^ +image: (haproxy:\S+)$/m.exec(readFileSync(composeFile, 'utf8'))?.[1];
  if (image === undefined) throw new Error(`${composeFile} names no image of HAProxy`);
  const program = '/usr/sbin/haproxy';
  const libraries = run('ldd', program).match(/\/\S+(?= \(0x)/g) ?? [];
  const archive = join(engine.dir, 'haproxy.tar');
  run('tar', '--create', '--dereference', '--file', archive, '--absolute-names', program, ...libraries);
  await engine.docker('import', '--change', 'ENV PATH=/usr/sbin', archive, image);
}

/** Named by everything that it is made from: a change of any makes a new one. */
function baseArchive(): string {
  const recipe = [SUITE, NPM_VERSION, npmRegistry(), ...[import.meta.filename, NODE_BINARY, ...extraCertificates()].map(digest)];
  const archive = join(CACHE, `node-base-${createHash('sha256').update(recipe.join('\n')).digest('hex').slice(0, 16)}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(CACHE, { recursive: true });
  const workshop = mkdtempSync(join(CACHE, 'making-'));
  try {
    run('tar', '--create', '--file', join(workshop, 'base.tar'), '--directory', makeTree(workshop), '.');
    renameSync(join(workshop, 'base.tar'), archive);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return archive;
}

function makeTree(workshop: string): string {
  const tree = join(workshop, 'tree');
  // In a mount namespace of its own: what debootstrap mounts goes with it, also when it is killed.
  run('unshare', '--mount', '--fork', '--kill-child', 'debootstrap', '--variant=minbase', '--include=libatomic1', SUITE, tree);
  run('chroot', tree, 'useradd', '--create-home', '--uid', '1000', 'node');
  copyFileSync(NODE_BINARY, join(tree, 'usr/local/bin/node'));
  run('npm', 'pack', '--silent', '--pack-destination', workshop, `npm@${NPM_VERSION}`);
  mkdirSync(join(tree, IN_IMAGE.npm), { recursive: true });
  run('tar', '--extract', '--strip-components=1', '--file', join(workshop, `npm-${NPM_VERSION}.tgz`),
    '--directory', join(tree, IN_IMAGE.npm));
  run('ln', '--symbolic', `/${IN_IMAGE.npm}/bin/npm-cli.js`, join(tree, 'usr/local/bin/npm'));
  mkdirSync(join(tree, 'usr/local/etc'), { recursive: true });
  writeFileSync(join(tree, 'usr/local/etc/npmrc'), `registry=${npmRegistry()}\n`);
  for (const file of extraCertificates()) copyFileSync(file, join(tree, IN_IMAGE.certificates));
  return tree;
}

/** The image must reach the same registry as the machine does. */
function npmRegistry(): string {
  return run('npm', 'config', 'get', 'registry').trim();
}

function extraCertificates(): string[] {
  return process.env.NODE_EXTRA_CA_CERTS ? [process.env.NODE_EXTRA_CA_CERTS] : [];
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
}
