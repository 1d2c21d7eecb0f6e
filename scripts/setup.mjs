// What the two commands need on a bare machine. Plain JavaScript: it runs on any Node >= 20 with nothing installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Debian packages that a private engine is made from. */
export const ENGINE_PACKAGES = ['docker.io', 'busybox-static', 'iproute2', 'iptables'];

/** The other engine that speaks Docker's API, and what it makes networks and their DNS with. */
const PODMAN_PACKAGES = ['podman', 'netavark', 'aardvark-dns'];

/** Page tests drive a browser; the test of the container image makes its base image and runs the compose file. */
export const TEST_PACKAGES = [
  ...ENGINE_PACKAGES, ...PODMAN_PACKAGES, 'chromium', 'debootstrap', 'docker-compose', 'haproxy', 'openssh-server', 'postgresql',
];

const DOCKER_CLIENT = '/usr/bin/docker';
const START_POLICY = '/usr/sbin/policy-rc.d';
const CLUSTER_DEFAULTS = '/etc/postgresql-common/createcluster.conf';

/** The one line that says what to do. */
export class SetupError extends Error {}

/** Runs the steps of a command; a step that cannot be done ends the process with one line, never with a stack. */
export async function runCommand(steps) {
  try {
    process.exitCode = await steps();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`fairlead: ${error.message}\n`);
    process.exitCode = 1;
  }
}

export function installNpmPackages() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(`needs Linux on x64 or arm64, this is ${process.platform} on ${process.arch}; use docker compose up`);
  }
  if (!isInstalledAsLocked()) installAsLocked();
  // Node 26 wants a library that a minimal Debian lacks.
  if (!startsPinnedNode()) installDebianPackages(['libatomic1']);
  if (!startsPinnedNode()) throw new SetupError('the pinned Node does not start; try node_modules/.bin/node --version');
}

function startsPinnedNode() {
  const [node] = pinned();
  return spawnSync(node, ['--version']).status === 0;
}

function installAsLocked() {
  say('installing npm packages');
  const { status } = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], {
    cwd: PROJECT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new SetupError('npm ci failed (see above); the npm registry must be reachable');
}

/** Compares what npm noted when it installed with what the lock file wants: file times say little after a checkout. */
function isInstalledAsLocked() {
  const installed = join(PROJECT, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const has = packagesOf(installed);
  const wants = packagesOf(join(PROJECT, 'package-lock.json'));
  const isAsWanted = ([path, { version, optional }]) =>
    path === '' || has[path]?.version === version || (has[path] === undefined && optional === true);
  return Object.entries(wants).every(isAsWanted) && Object.keys(has).every((path) => path in wants);
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

export function installDebianPackages(names) {
  const missing = names.filter((name) => !isDebianPackageInstalled(name));
  if (missing.length > 0) install(missing);
  // From Debian 13 on the client is a package of its own.
  if (names.includes('docker.io') && !existsSync(DOCKER_CLIENT)) install(['docker-cli']);
}

/** Private engines live in network namespaces of their own, and only root may make those. */
export function requireRoot(purpose) {
  if (process.getuid?.() !== 0) throw new SetupError(`${purpose}: run it as root (sudo)`);
}

function isDebianPackageInstalled(name) {
  const query = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], { encoding: 'utf8' });
  return query.status === 0 && query.stdout === 'installed';
}

function install(names) {
  const list = names.join(' ');
  if (!existsSync('/etc/debian_version') || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new SetupError(`needs ${list} as Debian has them, and this is not Debian; run it on Debian 12 or newer`);
  }
  if (process.getuid?.() !== 0) {
    throw new SetupError(`needs Debian packages; run it as root, or first: sudo apt-get install ${list}`);
  }
  say(`installing Debian packages: ${list}`);
  if (names.includes('postgresql')) wantNoDatabaseCluster();
  withoutStartingServices(() => {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...names);
  });
}

function aptGet(...args) {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  throw new SetupError(`apt-get ${args[0]} failed (see above); repair it and run this again`);
}

/** Debian starts a service on installation unless this policy says no: the machine is not to get an engine of its own. */
function withoutStartingServices(action) {
  const hasPolicy = existsSync(START_POLICY);
  if (!hasPolicy) writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    action();
  } finally {
    if (!hasPolicy) rmSync(START_POLICY);
  }
}

/** Debian makes a first cluster on installation unless this says no; where the file is, the machine's owner has decided. */
function wantNoDatabaseCluster() {
  if (existsSync(CLUSTER_DEFAULTS)) return;
  mkdirSync(dirname(CLUSTER_DEFAULTS), { recursive: true });
  const reason = '# Installed for the tests of Fairlead, which make clusters of their own.';
  writeFileSync(CLUSTER_DEFAULTS, `${reason}\ncreate_main_cluster = false\n`);
}

export function build() {
  say('building');
  if (runPinned('node_modules/@nestjs/cli/bin/nest.js', 'build') !== 0) {
    throw new SetupError('the build failed (see above)');
  }
}

function runPinned(script, ...args) {
  const [command, options] = pinned();
  return spawnSync(command, [script, ...args], { ...options, stdio: ['ignore', 'inherit', 'inherit'] }).status;
}

/** Runs a script on the pinned Node until it ends; signals go to it, so that it can end in its own order. */
export async function followPinned(script, args, signals) {
  const [command, options] = pinned();
  const child = spawn(command, [join(PROJECT, script), ...args], { ...options, stdio: 'inherit' });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}

/** The Node of package.json, whatever Node the machine has. */
function pinned() {
  const bin = join(PROJECT, 'node_modules/.bin');
  const node = join(bin, 'node');
  if (!existsSync(node)) throw new SetupError('the pinned Node is missing; remove node_modules and run this again');
  return [node, { cwd: PROJECT, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } }];
}

export function say(text) {
  process.stderr.write(`fairlead: ${text}\n`);
}
