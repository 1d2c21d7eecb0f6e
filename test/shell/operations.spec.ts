import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceState } from '../../src/health/service-state.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule, slowRequests } from './dummy.module.js';

const NOWHERE = { name: 'away', endpoint: 'unix:///nonexistent/docker.sock' };

describe('health', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule], engines: [NOWHERE] });
  });
  afterAll(() => service.close());

  it('is alive and ready although an engine is away, and says so', async () => {
    expect((await service.stranger.get('/health/live')).body).toEqual({ status: 'alive' });
    await eventually(async () => {
      const { status, body } = await service.stranger.get('/health/ready');
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          status: 'serving',
          engines: [{ name: 'away', state: 'unreachable', syncedAt: null }],
          database: { state: 'available', problem: null },
        },
      });
    });
  });

  it('is not ready while the service starts or stops', async () => {
    const state = service.app.get(ServiceState);
    state.onModuleDestroy();
    const stopping = await service.stranger.get('/health/ready');
    expect({ status: stopping.status, phase: stopping.body.status }).toEqual({
      status: 503,
      phase: 'stopping',
    });
    expect(stopping.headers.connection).toBe('close');
    state.serve();
    expect((await service.stranger.get('/health/ready')).status).toBe(200);
  });
});

describe('metrics', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule], engines: [NOWHERE] });
  });
  afterAll(() => service.close());

  it('measure requests by template, never by address, beside operations, engines and the process', async () => {
    await service.http.get('/v1/things/t1');
    await service.http.get('/v1/things/unheard-of');
    await service.http.get('/v1/nowhere-at-all');
    await service.gql('{ __typename }');
    await service.gql('{ nothing }');
    const { status, text, headers } = await service.http.get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const count = 'fairlead_http_request_duration_seconds_count';
    expect(text).toContain(`${count}{method="GET",route="/v1/things/:thing",status="200"} 1`);
    expect(text).toContain(`${count}{method="GET",route="/v1/things/:thing",status="404"} 1`);
    expect(text).toContain(`${count}{method="GET",route="unknown",status="404"} 1`);
    expect(text).not.toMatch(/unheard-of|nowhere-at-all/);
    expect(text).toContain('fairlead_graphql_operations_total{type="query",outcome="ok"} 1');
    expect(text).toContain('fairlead_graphql_operations_total{type="unreadable",outcome="error"} 1');
    expect(text).toMatch(/fairlead_engine_state\{engine="away",state="connected"\} 0/);
    expect(text).toContain('fairlead_inventory_objects{engine="away",kind="network"} 0');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('fairlead_websockets_open 0');
    expect(text).toContain('fairlead_database_available 1');
    expect(text).toContain('fairlead_event_log_position 0');
    expect(text).toContain('fairlead_event_log_waiting 0');
    expect(text).toMatch(/fairlead_event_journal_held\{engine="away"\} [01]/);
  });
});

describe('the log', () => {
  it('has one JSON line per request, with its id, and tells of probes at debug only', async () => {
    const service = await startApp({ extra: [DummyModule] });
    await service.http.get('/v1/things?name=x').set('X-Request-Id', 'r-1');
    await service.stranger.get('/health/live').set('X-Request-Id', 'r-2');
    await service.close();
    const lines = service
      .logged()
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(lines.find(({ requestId }) => requestId === 'r-1')).toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'GET',
      path: '/v1/things',
      status: 200,
      keyId: 'administrator',
    });
    expect(lines.find(({ requestId }) => requestId === 'r-2')).toMatchObject({ level: 'debug' });
  });
});

describe('stopping', () => {
  it('lets requests in flight end, takes no new ones, and closes', async () => {
    const service = await startApp({ extra: [DummyModule] });
    const inFlight = fetch(`${service.url}/v1/things/slow`, {
      headers: { authorization: `Bearer ${service.key}` },
    });
    await slowRequests.started.promise;
    const closed = service.app.close();
    await eventually(async () => {
      await expect(fetch(`${service.url}/health/live`)).rejects.toThrow('fetch failed');
    });
    slowRequests.mayEnd.resolve();
    const answer = await inFlight;
    expect(await answer.json()).toEqual({ done: true });
    await closed;
  });
});
