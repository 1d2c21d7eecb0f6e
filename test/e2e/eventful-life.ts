import { expect } from 'vitest';
import type { FairleadEvent } from '../../src/events/event.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';

/** Leads a real engine through one change of every kind, and answers what was told of it. */
export async function leadAnEventfulLife(): Promise<FairleadEvent[]> {
  const engine = await startPrivateEngine({ name: 'local' });
  const service = await startServiceProcess({ engines: [engine] });
  try {
    await service.untilConnected();
    const told = new Story(service);
    await ofAContainer(service, engine, told);
    await ofHealth(engine, told);
    await ofTheEngine(service, engine, told);
    await ofRemoval(service, engine, told);
    await ofOthers(service, told);
    return await told.events();
  } finally {
    await service.stop();
    await engine.stop();
  }
}

/** The events so far, to be waited for. */
class Story {
  constructor(private readonly service: ServiceProcess) {}

  async events(): Promise<FairleadEvent[]> {
    return (await this.service.get('/v1/events?limit=500')).body.items;
  }

  async until(type: string, name: string): Promise<void> {
    await eventually(async () => {
      const lines = (await this.events()).map((event) => `${event.type} ${event.subject.name}`);
      expect(lines).toContain(`${type} ${name}`);
    }, { timeoutMs: 30_000 });
  }
}

async function done(answer: ReturnType<ServiceProcess['send']>): Promise<void> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
}

async function ofAContainer(service: ServiceProcess, engine: PrivateEngine, told: Story): Promise<void> {
  const pools = [{ subnet: '10.20.0.0/24' }];
  await done(service.send('POST', '/v1/networks', { name: 'frontend', ipam: { pools }, labels: { team: 'web' } }));
  const networks = [{ network: 'frontend', ipv4Address: '10.20.0.5', aliases: ['api'] }];
  const web = { name: 'web', image: 'fl-busybox', command: ['sleep', '3600'], networks, labels: { app: 'shop' } };
  await done(service.send('POST', '/v1/containers', web));
  for (const step of ['pause', 'unpause', 'restart']) await engine.docker(step, 'web');
  await engine.docker('rename', 'web', 'shop');
  await engine.docker('update', '--cpu-shares', '512', 'shop');
  await told.until('container.updated', 'shop');
}

async function ofRemoval(service: ServiceProcess, engine: PrivateEngine, told: Story): Promise<void> {
  await engine.docker('stop', 'shop');
  await told.until('container.exited', 'shop');
  await done(service.send('DELETE', '/v1/containers/shop'));
  await done(service.send('DELETE', '/v1/networks/frontend?detach=true'));
  await told.until('network.removed', 'frontend');
}

async function ofOthers(service: ServiceProcess, told: Story): Promise<void> {
  await done(service.send('POST', '/v1/engines', { name: 'other', endpoint: 'unix:///nowhere/docker.sock' }));
  await done(service.send('DELETE', '/v1/engines/other'));
  await told.until('engine.removed', 'other');
}

async function ofHealth(engine: PrivateEngine, told: Story): Promise<void> {
  await engine.docker('run', '--detach', '--name', 'sound', '--health-cmd', 'true', '--health-interval', '1s', 'fl-busybox', 'sleep', '99');
  await told.until('container.health-changed', 'sound');
  const greedy = engine.docker('run', '--name', 'greedy', '--memory', '16m', 'fl-busybox', 'tail', '/dev/zero');
  await expect(greedy).rejects.toThrow();
  await told.until('container.oom-killed', 'greedy');
}

/** After a crash the engine's own networks have other ids, and what it starts again has other endpoints. */
async function ofTheEngine(service: ServiceProcess, engine: PrivateEngine, told: Story): Promise<void> {
  await engine.docker('run', '--detach', '--name', 'sturdy', '--restart', 'always', '--network', 'frontend', 'fl-busybox', 'sleep', '3600');
  await told.until('container.started', 'sturdy');
  await engine.restart({ signal: 'SIGKILL' });
  await told.until('engine.resynced', 'local');
  await told.until('attachment.updated', 'frontend/sturdy');
  await service.untilConnected();
}
