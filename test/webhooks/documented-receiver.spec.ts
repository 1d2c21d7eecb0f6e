import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

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

  it('verifies what the service sends, takes each event once and refuses what is not signed', async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}/`;
    const { id, secret } = await app.create({ url });
    const env = { PATH: process.env.PATH, SECRET: secret!, PORT: String(port) };
    receiver = spawn(process.execPath, ['docs/examples/receiver.mjs'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    receiver.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await eventually(async () => expect(await isListening(port)).toBe(true));
    await app.tell('front', 'back');
    await eventually(async () => expect(await app.deliveries(id, 'delivered')).toHaveLength(2));
    const [delivery] = await app.deliveries(id);
    await app.http.post(`/v1/webhooks/${id}/deliveries/${delivery!.id}/redeliver`).expect(200);
    await eventually(async () => expect((await app.delivery(id, delivery!.id)).attempts).toHaveLength(2));
    const lines = printed.trim().split('\n').sort();
    expect(lines).toEqual((await app.cursors()).map((cursor, index) => `network.created ${['front', 'back'][index]} ${cursor}`).sort());
    const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'webhook-id': 'x' } });
    expect(forged.status).toBe(400);
  });
});
