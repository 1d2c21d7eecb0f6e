import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../src/event-log/event-examples.js';
import { toCloudEvent } from '../../src/event-log/cloud-event.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');
/** The examples wait a second before they come back. */
const PATIENT = { timeoutMs: 15_000 };

interface Example {
  readonly process: ChildProcess;
  output(): string;
}

const running: Example[] = [];

/** Runs a documented example as it stands. */
function run(command: string, file: string, args: readonly string[], env: Readonly<Record<string, string>>): Example {
  // A group of its own: a shell has children.
  const child = spawn(command, [join(EXAMPLES, file), ...args], { env: { PATH: process.env.PATH, ...env }, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const example = { process: child, output: () => text };
  running.push(example);
  return example;
}

function end({ process: child }: Example): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    process.kill(-child.pid!, 'SIGKILL');
  });
}

afterEach(async () => {
  for (const example of running.splice(0)) await end(example);
});

describe('the examples that follow', () => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  let folder: string;
  let subnet = 0;
  beforeAll(async () => {
    engine = await startPrivateEngine();
    service = await startServiceProcess({ engines: [engine], port: await findFreePort() });
    await service.untilConnected();
  });
  afterAll(async () => {
    await service.stop();
    await engine.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-follow-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const change = (name: string): Promise<string> => engine.docker('network', 'create', '--subnet', `10.81.${subnet++}.0/24`, name);
  const lastCursor = async (): Promise<string> => (await service.get('/v1/events?limit=500')).body.items.at(-1).cursor;
  const environment = (): Record<string, string> => ({ KEY: service.key, BASE: service.url });

  it('with curl tell every change once, through a crash of the service and through their own', async () => {
    const cursorFile = join(folder, 'cursor');
    writeFileSync(cursorFile, await lastCursor());
    const first = run('bash', 'follow.sh', [cursorFile], environment());
    await change('curl1');
    await eventually(() => expect(namesIn(first)).toContain('curl1'), PATIENT);
    await service.kill('SIGKILL');
    await change('curl2');
    await service.start();
    await eventually(() => expect(namesIn(first)).toContain('curl2'), PATIENT);
    // It prints first and notes then: ended in between, it would rightly print again.
    await eventually(async () => expect(readFileSync(cursorFile, 'utf8')).toBe(await lastCursor()), PATIENT);
    await end(first);
    await change('curl3');
    const second = run('bash', 'follow.sh', [cursorFile], environment());
    await change('curl4');
    await eventually(() => expect(namesIn(second)).toContain('curl4'), PATIENT);
    expect([...namesIn(first), ...namesIn(second)]).toEqual(['curl1', 'curl2', 'curl3', 'curl4']);
  }, 90_000);

  it('over GraphQL tell every change once, through a crash of the service', async () => {
    const example = run(process.execPath, 'follow.mjs', [await lastCursor()], environment());
    await change('graphql1');
    await eventually(() => expect(example.output()).toContain('graphql1'), PATIENT);
    await service.kill('SIGKILL');
    await change('graphql2');
    await service.start();
    await eventually(() => expect(example.output()).toContain('graphql2'), PATIENT);
    await change('graphql3');
    await eventually(() => expect(example.output()).toContain('graphql3'), PATIENT);
    const told = example.output().split('\n').filter((line) => line.startsWith('network.created'));
    expect(told).toEqual(['network.created graphql1', 'network.created graphql2', 'network.created graphql3']);
  }, 90_000);

  it('say that a cursor has expired, and go on from the present or end', async () => {
    const expired = '000000000abc00000000005';
    const graphql = run(process.execPath, 'follow.mjs', [expired], environment());
    await eventually(() => expect(graphql.output()).toContain('Read the resources anew'), PATIENT);
    await eventually(async () => {
      await change(`later${subnet}`);
      expect(graphql.output()).toMatch(/network.created later/);
    }, { ...PATIENT, intervalMs: 500 });
    expect(graphql.output()).not.toContain('curl1');
    writeFileSync(join(folder, 'cursor'), expired);
    const curl = run('bash', 'follow.sh', [join(folder, 'cursor')], environment());
    await eventually(() => expect(curl.process.exitCode).toBe(1), PATIENT);
    expect(curl.output()).toMatch(/a cursor that has expired/);
  }, 60_000);
});

/** The networks that were told to be made. */
function namesIn(example: Example): string[] {
  const lines = example.output().split('\n').filter((line) => line.startsWith('{'));
  const events = lines.map((line) => JSON.parse(line) as { type: string; data: { subject: { name: string } } });
  return events.filter(({ type }) => type === 'network.created').map(({ data }) => data.subject.name);
}

describe('the example that receives webhooks', () => {
  const secret = `whsec_${Buffer.from('a secret of two dozen bytes').toString('base64')}`;
  const { event } = EVENT_EXAMPLES['network.created'];
  const body = JSON.stringify(toCloudEvent(event));
  let port: number;
  let receiver: Example;
  beforeEach(async () => {
    port = await findFreePort();
    receiver = run(process.execPath, 'receiver.mjs', [], { SECRET: secret, PORT: String(port) });
    await eventually(() => deliver({ by: `whsec_${btoa('somebody else, not the service')}` }), PATIENT);
  });

  async function deliver({ by = secret, at = new Date(), text = body } = {}): Promise<number> {
    const headers = {
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(by).sign(event.id, at, body),
    };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: text })).status;
  }

  it('takes what is signed, and what comes again once', async () => {
    expect([await deliver(), await deliver()]).toEqual([204, 204]);
    await eventually(() => expect(receiver.output()).toContain('network.created frontend'));
    expect(receiver.output()).toBe(`network.created frontend ${event.cursor}\n`);
  });

  it('refuses what is signed by others, was changed, or is old', async () => {
    const old = new Date(Date.now() - 3_600_000);
    const answers = [await deliver({ by: `whsec_${btoa('another secret of 24 bytes')}` }), await deliver({ text: body.replace('frontend', 'backend') }), await deliver({ at: old })];
    expect(answers).toEqual([400, 400, 400]);
    expect(receiver.output()).toBe('');
  });

  it('has at most 20 lines of code', () => {
    const lines = readFileSync(join(EXAMPLES, 'receiver.mjs'), 'utf8').split('\n');
    expect(lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length).toBeLessThanOrEqual(20);
  });
});
