import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answersPing } from '../../scripts/find-engine.mjs';
import { SYSTEM_PATH } from '../../scripts/lab.ts';
import { openCuttableSocket, type CuttableSocket } from './cuttable-socket.js';
import { endForgotten } from './forgotten.js';
import { eventually } from './eventually.js';
import { startPrivateEngine, type PrivateEngine } from './private-engine.js';

let engine: PrivateEngine;
let socket: CuttableSocket;
beforeAll(async () => {
  engine = await startPrivateEngine({ name: 'cuttable' });
});
afterAll(() => engine.stop());
beforeEach(async () => {
  socket = await openCuttableSocket(engine.socketPath);
});
afterEach(() => socket.close());

describe('a cuttable socket', () => {
  it("leads the docker client to the engine, a container's input and output included", async () => {
    expect(await docker('network', 'ls', '--format', '{{.Name}}')).toContain('bridge');
    expect(await shout('hello engine\n')).toBe('HELLO ENGINE\n');
  });

  it('ends what is open when it is cut, refuses what is new, and leads there again when it is mended', async () => {
    const events = await watch();
    const ended = once(events.client, 'exit');
    await socket.cut();
    await ended;
    expect(events.errors()).toMatch(/EOF/);
    await expect(docker('network', 'ls')).rejects.toThrow(/cannot connect/i);
    expect(await refusal()).toBe('ENOENT');
    await socket.cut();

    await socket.mend();
    expect(await docker('network', 'ls', '--format', '{{.Name}}')).toContain('bridge');
  });

  it('keeps connections open and every byte back while it holds, and lets all go when it resumes', async () => {
    const events = await watch();
    socket.hold();
    await engine.docker('network', 'create', 'held-back');
    const asked = docker('network', 'ls', '--format', '{{.Name}}');
    expect(await answersPing({ socketPath: socket.path }, 500)).toBe(false);
    expect(events.client.exitCode).toBeNull();
    expect(events.output()).not.toContain('held-back');

    socket.resume();
    expect(await asked).toContain('held-back');
    await eventually(() => expect(events.output()).toContain('held-back'));
    events.client.kill();
    await once(events.client, 'exit');
  });

  it('can be cut while it holds', async () => {
    const events = await watch();
    socket.hold();
    const ended = once(events.client, 'exit');
    await socket.cut();
    await ended;
    await socket.mend();
    expect(await answersPing({ socketPath: socket.path }, 300)).toBe(false);
    socket.resume();
    expect(await answersPing({ socketPath: socket.path })).toBe(true);
  });

  it('ends connections of an engine that is not there', async () => {
    const nowhere = await openCuttableSocket('/nowhere/docker.sock');
    expect(await answersPing({ socketPath: nowhere.path })).toBe(false);
    await nowhere.close();
  });

  it('leaves nothing behind when it is closed, nor when a test file forgets it', async () => {
    await socket.close();
    expect(existsSync(socket.path)).toBe(false);
    const forgotten = await openCuttableSocket(engine.socketPath);
    await endForgotten();
    expect(existsSync(forgotten.path)).toBe(false);
  });
});

const clientSettings = () => ({ env: { PATH: SYSTEM_PATH, HOME: engine.dir } });

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/bin/docker', ['--host', socket.endpoint, ...args], clientSettings());
  return stdout;
}

/** What a container answers whose input ends before its output. */
async function shout(input: string): Promise<string> {
  const run = promisify(execFile)('/usr/bin/docker',
    ['--host', socket.endpoint, 'run', '--rm', '--interactive', 'fl-busybox', 'tr', 'a-z', 'A-Z'], clientSettings());
  run.child.stdin?.end(input);
  return (await run).stdout;
}

/** `docker events` through the socket, once the first of them has come through. */
async function watch() {
  const client = spawn('/usr/bin/docker', ['--host', socket.endpoint, 'events'], clientSettings());
  let output = '';
  let errors = '';
  client.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  client.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let probes = 0;
  await eventually(async () => {
    probes += 1;
    await engine.docker('network', 'rm', await engine.docker('network', 'create', `probe-${probes}`));
    expect(output).toContain('network create');
  }, { intervalMs: 50 });
  return { client, output: () => output, errors: () => errors };
}

async function refusal(): Promise<string | undefined> {
  const connection = createConnection(socket.path);
  const [error] = (await once(connection, 'error')) as [NodeJS.ErrnoException];
  return error.code;
}
