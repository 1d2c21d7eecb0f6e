import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

const [, CODE = ''] = /```js\n([^`]+)```/.exec(readFileSync('docs/webhooks.md', 'utf8')) ?? [];
const [SQLITE] = DATABASES;

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
}

describe('the receiver that the documentation shows', () => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: ChildProcess | undefined;
  beforeEach(async () => {
    place = await SQLITE![1]();
    app = await startWebhookApp(place.settings);
  });
  afterEach(async () => {
    if (receiver !== undefined) {
      const ended = once(receiver, 'exit');
      receiver.kill('SIGKILL');
      await ended;
    }
    await app.close();
    place.drop();
  });

  it('has twenty lines, verifies, takes each event once and refuses what is not signed', async () => {
    expect(CODE.trim().split('\n').length).toBeLessThanOrEqual(20);
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}/`;
    const { id, secret } = await app.create({ url });
    const env = { PATH: process.env.PATH, WEBHOOK_SECRET: secret!, PORT: String(port) };
    receiver = spawn(process.execPath, ['--input-type=module'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    receiver.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    receiver.stdin!.end(CODE);
    await eventually(async () => expect(await isListening(port)).toBe(true));
    await app.tell('front', 'back');
    await eventually(async () => expect(await app.deliveries(id, 'delivered')).toHaveLength(2));
    const [delivery] = await app.deliveries(id);
    await app.http.post(`/v1/webhooks/${id}/deliveries/${delivery!.id}/redeliver`).expect(200);
    await eventually(async () => expect((await app.delivery(id, delivery!.id)).attempts).toHaveLength(2));
    const lines = printed.trim().split('\n').sort();
    expect(lines).toEqual((await app.cursors()).map((cursor, index) => `${cursor} network.created ${['front', 'back'][index]}`));
    const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'webhook-id': 'x' } });
    expect(forged.status).toBe(401);
  });
});
