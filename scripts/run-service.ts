import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { listeningAddress, serviceArguments } from './built-service.ts';
import { BUSYBOX_IMAGE } from './busybox-image.ts';
import { startPrivateEngine } from './private-engine.ts';
import type { PrivateEngine } from './private-engine.ts';
import { welcome } from './welcome.ts';

const START_TIMEOUT_MS = 60_000;
const PROJECT = dirname(import.meta.dirname);
const LOG_PATH = join(PROJECT, 'data/fairlead.log');

const engine = process.argv.includes('--private-engine') ? await startPrivateEngine({ name: 'up' }) : undefined;
if (engine !== undefined) tellAbout(engine);
const { service, logStart } = startService(engine);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => service.kill('SIGTERM'));
const ended = new Promise<number>((resolve) => {
  service.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
});

const url = await untilReady();
if (url !== undefined) process.stdout.write(welcome({ url, keyPath: keyPath(), logPath: relative('.', LOG_PATH) }));
process.exitCode = await ended;
if (url === undefined) {
  process.stderr.write(`fairlead: the service did not start; its log, ${relative('.', LOG_PATH)}, ends with:\n${logText()}\n`);
}
await engine?.stop();

function tellAbout({ endpoint }: PrivateEngine): void {
  process.stdout.write(
    `Private engine started: ${endpoint} (image: ${BUSYBOX_IMAGE}).\n`
    + 'It goes with everything in it when this ends.\n'
    + `Try it from another terminal: /usr/bin/docker --host ${endpoint} network ls\n`,
  );
}

/** In a process group of its own: Ctrl-C reaches us, and we tell the service once. */
function startService(privateEngine: PrivateEngine | undefined): { service: ChildProcess; logStart: number } {
  mkdirSync(dirname(LOG_PATH), { recursive: true, mode: 0o700 });
  const log = openSync(LOG_PATH, 'a', 0o600);
  const started = spawn(process.execPath, serviceArguments(), {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', log, log],
    env: privateEngine === undefined ? process.env : { ...process.env, DOCKER_HOST: privateEngine.endpoint },
  });
  const { size } = statSync(LOG_PATH);
  closeSync(log);
  return { service: started, logStart: size };
}

/** The URL that the service answers at; undefined when it ended first. */
async function untilReady(): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (service.exitCode === null && service.signalCode === null) {
    const listening = listeningAddress(logText());
    if (listening !== undefined && await answersReady(listening)) return listening;
    if (Date.now() > deadline) {
      service.kill('SIGTERM');
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}

async function answersReady(base: string): Promise<boolean> {
  // Its certificate may name others than loopback, and it may ask for one of ours: that it listens must do.
  if (base.startsWith('https:')) return true;
  const answer = await fetch(`${base}/health/ready`).catch(() => undefined);
  return answer?.ok === true;
}

/** Where the service keeps the key that it made; undefined when one was set. */
function keyPath(): string | undefined {
  return /^API key .*kept in (.+)$/m.exec(logText())?.[1];
}

function logText(): string {
  return readFileSync(LOG_PATH).subarray(logStart).toString('utf8');
}
