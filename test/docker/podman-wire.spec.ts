import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { eventually } from '../support/eventually.js';
import { FakeEngine, hang, hastyGatewayTo, json, type Handler } from './fake-engine.js';

// What is asked of a Podman, counted: one that runs would answer all of it alike.
const NOW = '2026-11-25T08:00:00Z';
const NOW_SECONDS = Date.parse(NOW) / 1000;
const VERSION = { Version: '4.3.1', ApiVersion: '1.41', MinAPIVersion: '1.24', Components: [{ Name: 'Podman Engine' }] };

const nanos = (seconds: number): string => `${NOW_SECONDS + seconds}000000000`;
const line = (seconds: number, id: string): string =>
  `${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: id, Attributes: { podId: '' } } }).slice(0, -1)},"timeNano":${nanos(seconds)}}\n`;

let podman: FakeEngine;
let gateway: DockerodeGateway;

beforeEach(async () => {
  podman = await FakeEngine.start({ '/version': json(VERSION), '/info': json({ SystemTime: NOW }) });
  gateway = hastyGatewayTo(podman);
});
afterEach(async () => {
  await gateway.close();
  await podman.stop();
});

describe('the memory of a Podman', () => {
  /** Events of each second from `first` on; asked for all of them it does not come to an end. */
  const remembering = (first: number): Handler => (request, response) => {
    const since = Number(new URL(request.url ?? '', 'http://d').searchParams.get('since'));
    response.writeHead(200);
    if (since < NOW_SECONDS + first) {
      const again = (): void => {
        while (!response.destroyed && response.write(line(first, 'old').repeat(1_000)));
      };
      response.on('drain', again);
      return again();
    }
    for (let second = since - NOW_SECONDS; second < 0; second += 1) response.write(line(second, `at${second}`));
    response.end();
  };

  it('is read from where it is wanted, however much there is of it', async () => {
    podman.answers['/events'] = remembering(-1_000_000);
    const { events, isComplete } = await gateway.rememberedEvents(`${NOW_SECONDS - 4}500000000`);
    expect(events.map(({ actorId }) => actorId)).toEqual(['at-3', 'at-2', 'at-1']);
    expect(isComplete).toBe(true);
  });

  it('is not complete where it begins later', async () => {
    podman.answers['/events'] = (_, response) => {
      response.end([-2, -1].map((second) => line(second, `at${second}`)).join(''));
    };
    const { events, isComplete } = await gateway.rememberedEvents(nanos(-10));
    expect([events.length, isComplete]).toEqual([2, false]);
  });

  it('is read no further back than a moment where nothing is known yet', async () => {
    podman.answers['/events'] = remembering(-1_000_000);
    const { events } = await gateway.rememberedEvents('0');
    expect(events.map(({ actorId }) => actorId)).toEqual(Array.from({ length: 10 }, (_, each) => `at${each - 10}`));
  });

  it.each<[string, Handler]>([
    ['never begins to tell', hang],
    ['does not come to an end', (_, response) => void response.write(line(-1, 'slow'))],
  ])('holds nobody up where it %s: then something is missing', async (_, handler) => {
    podman.answers['/events'] = handler;
    expect(await gateway.rememberedEvents(nanos(-4))).toEqual({ events: [], isComplete: false });
  });
});

describe('names of networks in a Podman', () => {
  const NETWORKS = ['podman', 'shop', 'tram'];
  const ids = Array.from({ length: 40 }, (_, each) => `c${each}`);
  const lookups = (): string[] =>
    podman.requests.filter((request) => /\/networks\/[a-z]+$/.test(request)).map((request) => request.split('/').at(-1)!).sort();
  const lookAtAll = async (): Promise<void> => {
    const jobs = [...ids];
    const worker = async (): Promise<void> => {
      for (let id = jobs.shift(); id !== undefined; id = jobs.shift()) {
        const { endpoints } = (await gateway.inspectContainer(id))!;
        expect(endpoints.map(({ networkId }) => networkId).sort()).toEqual(['id-of-podman', 'id-of-shop', 'id-of-tram']);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  };

  beforeEach(async () => {
    for (const name of NETWORKS) podman.answers[`/networks/${name}`] = json({ Id: `id-of-${name}`, Name: name, Driver: 'bridge' });
    podman.answers['/networks/bridge'] = podman.answers['/networks/podman']!;
    const Networks = Object.fromEntries(NETWORKS.map((name) => [name, { NetworkID: name, MacAddress: '2e:47:61:a9:7b:65' }]));
    for (const id of ids) {
      podman.answers[`/containers/${id}/json`] = json({ Id: id, Name: `/${id}`, State: { Running: true }, NetworkSettings: { Networks } });
    }
    await gateway.connect();
  });

  it('are asked for once in a look at many containers', async () => {
    await lookAtAll();
    expect(lookups()).toEqual(['bridge', ...NETWORKS]);
  });

  it('are asked for anew after a command, and after an event', async () => {
    await lookAtAll();
    podman.answers['/networks/id-of-shop'] = json({}, 204);
    await gateway.removeNetwork('id-of-shop');
    await lookAtAll();
    expect(lookups()).toHaveLength(8);
    const opened = Promise.withResolvers<NonNullable<Parameters<Handler>[1]>>();
    podman.answers['/events'] = (_, response) => {
      response.writeHead(200).flushHeaders();
      opened.resolve(response);
    };
    const stream = await gateway.openEvents();
    (await opened.promise).write(line(0, 'c1'));
    for await (const { actorId } of stream) {
      expect(actorId).toBe('c1');
      break;
    }
    await lookAtAll();
    expect(lookups()).toHaveLength(12);
  });

  it('that could not be told are asked for again', async () => {
    const answer = podman.answers['/networks/shop']!;
    podman.answers['/networks/shop'] = json({ message: 'busy' }, 500);
    await expect(gateway.inspectContainer('c1')).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
    podman.answers['/networks/shop'] = answer;
    await eventually(lookAtAll);
  });
});
