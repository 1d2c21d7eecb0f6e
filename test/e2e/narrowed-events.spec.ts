import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asKey } from '../api-keys/as-key.js';
import { eventually } from '../support/eventually.js';
import type { StartedApp } from '../support/start-app.js';
import { LOOPBACK } from '../webhooks/webhook-app.js';
import { Receiver } from '../webhooks/receiver.js';
import { followSse, subscribe, type SeenEvent } from './followers.js';
import { startService, type Service } from './service.js';

const SCOPES = ['events:read', 'webhooks:read', 'webhooks:manage'];
const EVENT = `{ cursor id type engine origin stateExact subject { kind id name } previous { field json }
  network { id engineId name labels { key value } attachmentCount ipam { pools { subnet usage { inUse free } } } }
  container { id name networkMode labels { key value } attachments { id networkName } }
  attachment { id networkId networkName containerId containerName }
  gap { gapId reason } engineEvent { type action attributes { key value } } cause { requestId keyName } }`;

/** Everything that a team's key is told, by all ways, as it came in. */
interface Team {
  readonly name: string;
  readonly keyId: string;
  readonly app: StartedApp;
  readonly receiver: Receiver;
  readonly webhookId: string;
  /** `type name` of each event, by each way. */
  stories(): Promise<Record<string, string[]>>;
  /** All bytes. */
  raw(): Promise<string>;
}

let service: Service;
const teams: Team[] = [];
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.201.0.0/16,size=24', webhookAllow: LOOPBACK, secretKey: 'secret-key-of-the-tests' });
  for (const name of ['alpha', 'beta']) teams.push(await follow(service.app, name));
});
afterAll(async () => {
  await service.stop();
  for (const { receiver } of teams) await receiver.stop();
});

async function follow(admin: StartedApp, name: string): Promise<Team> {
  const selector = `team=${name}`;
  const { body } = await admin.http.post('/v1/api-keys').send({ name: `key of ${name}`, scopes: SCOPES, selector }).expect(201);
  const app = asKey(admin, body.key as string);
  const receiver = await new Receiver().start();
  const webhook = await app.http.post('/v1/webhooks').send({ url: receiver.url }).expect(201);
  const stream = await followSse(app);
  const socket = subscribe<SeenEvent>(app, 'events', `subscription { events ${EVENT} }`);
  const history = async () => (await app.http.get('/v1/events').query({ limit: 500 }).expect(200)).text;
  const query = () => app.gql<{ events: { nodes: SeenEvent[]; totalCount: number } }>(`{ events(first: 50) { totalCount nodes ${EVENT} } }`);
  const story = (events: readonly SeenEvent[]): string[] => events.filter(({ subject }) => subject.kind !== 'engine').map(({ type, subject }) => `${type} ${subject.name}`);
  return {
    ...{ name, app, receiver, keyId: body.id as string, webhookId: webhook.body.id as string },
    stories: async () => {
      const { data, errors } = await query();
      if (!data) throw new Error(JSON.stringify(errors));
      const told = JSON.parse(await history()) as { items: SeenEvent[]; total: number };
      expect([told.total, data.events.totalCount]).toEqual([told.items.length, data.events.nodes.length]);
      return {
        stream: story(stream.seen),
        subscription: story(socket.seen),
        history: story(told.items),
        query: story(data.events.nodes),
        webhook: story(receiver.received.map(({ event }) => event.data as SeenEvent)),
      };
    },
    raw: async () => JSON.stringify([
      ...[stream.frames, socket.seen, receiver.received, await query(), await history()],
      // Pages, and those who come back with a cursor.
      (await app.http.get('/v1/events').query({ limit: 2, types: 'container.*' })).text,
      (await app.http.get(`/v1/webhooks/${webhook.body.id}/deliveries`).query({ limit: 500 })).text,
    ]),
  };
}

describe('two teams on one engine', () => {
  const send = async (method: 'post' | 'put' | 'delete', path: string, body?: object): Promise<{ id: string }> => {
    const answer = await service.app.http[method](path).send(body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body as { id: string };
  };
  const ids: Record<string, string[]> = {};

  /** Each team's own, and each team's container on the other's network. */
  const live = async (): Promise<void> => {
    const own = teams.map(({ name: team }) => ({ team, other: team === 'alpha' ? 'beta' : 'alpha', labels: { team } }));
    for (const { team, labels } of own) {
      const network = await send('post', '/v1/networks', { name: `${team}-net`, labels });
      const container = { name: `${team}-web`, labels, image: 'fl-busybox', command: ['sleep', '1000'], networks: [{ network: `${team}-net` }] };
      ids[team] = [network.id, (await send('post', '/v1/containers', container)).id];
    }
    for (const { team, other } of own) await send('put', `/v1/networks/${other}-net/attachments/${team}-web`, {});
    for (const { team } of own) {
      await send('post', `/v1/containers/${team}-web/restart?timeoutSeconds=0`);
      await send('post', `/v1/containers/${team}-web/stop?timeoutSeconds=0`);
    }
    for (const { team } of own) await send('delete', `/v1/containers/${team}-web`);
    for (const { team } of own) await send('delete', `/v1/networks/${team}-net`);
  };

  const storyOf = (team: string): string[] => {
    const [net, web, place] = [`${team}-net`, `${team}-web`, `${team}-net/${team}-web`];
    return [
      ...[`network.created ${net}`, `container.created ${web}`, `attachment.created ${place}`, `container.started ${web}`, `attachment.activated ${place}`],
      ...[`container.exited ${web}`, `attachment.deactivated ${place}`, `container.started ${web}`, `attachment.activated ${place}`, `container.restarted ${web}`],
      ...[`container.exited ${web}`, `attachment.deactivated ${place}`, `attachment.removed ${place}`, `container.removed ${web}`, `network.removed ${net}`],
    ].sort();
  };

  it('are told each of its own and not a name or an id of the other, by whichever way', async () => {
    await live();
    for (const team of teams) {
      await eventually(async () => {
        for (const [way, story] of Object.entries(await team.stories())) expect([way, story.sort()]).toEqual([way, storyOf(team.name)]);
      });
      const raw = await team.raw();
      const other = teams.find(({ name }) => name !== team.name)!;
      for (const own of [`${team.name}-net`, `${team.name}-web`, ...ids[team.name]!]) expect(raw).toContain(own);
      for (const foreign of [`${other.name}-net`, `${other.name}-web`, `key of ${other.name}`, ...ids[other.name]!]) {
        expect(raw.includes(foreign), `${team.name} was told ${foreign}`).toBe(false);
      }
    }
  });

  it('have a webhook as long as they have the key that made it', async () => {
    const [alpha, beta] = teams as [Team, Team];
    await send('delete', `/v1/api-keys/${alpha.keyId}`);
    const before = alpha.receiver.received.length;
    for (const { name: team } of teams) await send('post', '/v1/networks', { name: `${team}-late`, labels: { team } });
    await eventually(() => expect(beta.receiver.names).toContain('beta-late'));
    await eventually(async () => {
      const { body } = await service.app.http.get(`/v1/webhooks/${alpha.webhookId}`);
      expect(body).toMatchObject({ enabled: false, disabledReason: 'keyEnded', createdBy: 'key of alpha' });
    });
    expect(alpha.receiver.received.length).toBe(before);
    const told = await service.app.http.get('/v1/events').query({ types: 'webhook.disabled' });
    expect(told.body.items).toMatchObject([{ subject: { id: alpha.webhookId } }]);
    expect((await beta.stories()).history).not.toContainEqual(expect.stringContaining('webhook.disabled'));
  });
});
