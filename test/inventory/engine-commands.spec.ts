import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import type { LockRequest } from '../../src/inventory/object-locks.js';
import { A_REACH } from '../builders/a-reach.js';
import { SimulatedGateway } from '../contracts/simulated.gateway.js';
import { eventually } from '../support/eventually.js';
import { aSimulatedEngine, type SimulatedEngine } from './simulated-engine.js';

let engine: SimulatedEngine;
beforeEach(async () => {
  engine = await aSimulatedEngine();
});

const LOCK: readonly LockRequest[] = [{ key: 'x', mode: 'exclusive' }];
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const away = (): Promise<never> => Promise.reject(new DomainError('ENGINE_UNREACHABLE', 'away'));
/** The engine does it, and goes away before it can say so. */
const doneUnheard = async (work: () => Promise<unknown>): Promise<never> => {
  await work();
  throw new DomainError('ENGINE_TIMEOUT', 'no answer in time', { outcome: 'unknown' });
};

function lose(): void {
  engine.picture.state = 'unreachable';
  engine.bus.emit('picture-changed', 'local');
}

describe('a command', () => {
  it('is carried out and answered', async () => {
    expect(await engine.commands.run('local', LOCK, () => Promise.resolve('done'))).toBe('done');
  });

  it('is refused at once while the engine is away, before anything is asked of it', async () => {
    lose();
    const calls = engine.gateway.calls.length;
    const run = (): Promise<unknown> => engine.commands.run('local', LOCK, () => Promise.resolve('done'));
    expect(run).toThrow(expect.objectContaining({ code: 'ENGINE_UNREACHABLE', extras: { engine: 'local' } }));
    expect(engine.gateway.calls).toHaveLength(calls);
  });

  it('does not wait for the locks of an engine that goes away meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = engine.commands.run('local', LOCK, () => promise);
    let ran = false;
    const second = engine.commands.run('local', LOCK, async () => {
      ran = true;
    });
    await settled();
    lose();
    await expect(second).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    resolve();
    await first;
    expect(ran).toBe(false);
  });

  it('does not wait for what another engine, that is gone, has not told the outcome of', async () => {
    const other = new SimulatedGateway('other');
    await engine.registry.put({ gateway: other, reach: A_REACH });
    const picture = engine.inventory.add('other', A_REACH);
    picture.state = 'connected';
    let isAway = true;
    const failing = engine.commands.run('other', LOCK, async (session) => {
      session.owe(() => (isAway ? away() : Promise.resolve()));
      await away();
    });
    await expect(failing).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    const early = engine.commands.run('local', LOCK, () => Promise.resolve());
    await settled();
    picture.state = 'unreachable';
    engine.bus.emit('picture-changed', 'other');
    await expect(early).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { engine: 'other' } });
    const late = engine.commands.run('local', LOCK, () => Promise.resolve());
    await expect(late).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { engine: 'other' } });
    isAway = false;
    picture.state = 'connected';
    expect(await engine.commands.run('local', LOCK, () => Promise.resolve('free'))).toBe('free');
  });

  it('listens to the engine no longer than it waits', async () => {
    const before = engine.bus.listenerCount('picture-changed');
    await engine.commands.run('local', LOCK, () => Promise.resolve());
    await eventually(() => expect(engine.bus.listenerCount('picture-changed')).toBe(before));
  });

  it('that fails without a doubt gives its locks up with its answer', async () => {
    const failing = engine.commands.run('local', LOCK, () => Promise.reject(new DomainError('ADDRESS_IN_USE', 'taken')));
    await expect(failing).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(await engine.commands.run('local', LOCK, () => Promise.resolve('next'))).toBe('next');
  });
});

describe('a command whose outcome is unknown', () => {
  it('is told so, and its object stays locked until it was looked at again', async () => {
    const id = await engine.container('web');
    await engine.refresher.container('local', id);
    engine.gateway.once('startContainer', doneUnheard);
    engine.gateway.once('inspectContainer', away);
    const look = engine.gateway.hold('inspectContainer');
    const start = engine.commands.run('local', LOCK, async (session) => {
      session.touch({ containers: [id] });
      await session.act((gateway) => gateway.startContainer(id));
    });
    await expect(start).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT', extras: { outcome: 'unknown' } });
    let shown: string | undefined;
    const next = engine.commands.run('local', LOCK, async () => {
      shown = engine.inventory.snapshot('local').containerById.get(id)?.state;
    });
    await look.reached;
    await settled();
    expect(shown).toBeUndefined();
    look.release();
    await next;
    expect(shown).toBe('running');
  });

  it('that touched nothing by its id has everything looked at', async () => {
    engine.gateway.once('createNetwork', doneUnheard);
    const create = engine.commands.run('local', LOCK, (session) => session.act(() => engine.network('half')));
    await expect(create).rejects.toMatchObject({ extras: { outcome: 'unknown' } });
    await engine.commands.run('local', LOCK, () => Promise.resolve());
    expect(engine.shown()).toContain('half');
  });

  it('is so too where the engine goes away after a first step was done', async () => {
    const command = engine.commands.run('local', LOCK, async (session) => {
      await session.act(() => engine.network('first'));
      await session.act(away);
    });
    await expect(command).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { outcome: 'unknown' } });
  });

  it('is not so where the engine goes away before the first step', async () => {
    const failure = await engine.commands.run('local', LOCK, (session) => session.act(away)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect((failure as DomainError).extras.outcome).toBeUndefined();
  });
});

describe('what a failed command has made', () => {
  it('is owed no longer once the engine is looked after no more, and nobody waits for its locks', async () => {
    for (let count = 0; count < 50; count += 1) engine.gateway.once('removeContainer', away);
    const command = engine.commands.run('local', LOCK, async (session) => {
      await session.takeAway(() => session.gateway.removeContainer('half', { force: true }));
      throw new DomainError('ADDRESS_IN_USE', 'the second network is full');
    });
    await expect(command).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await engine.registry.remove('local');
    let isFree = false;
    await engine.locks.hold(LOCK, () => {
      isFree = true;
      return Promise.resolve();
    });
    expect(isFree).toBe(true);
  });

  it('is owed while the engine is away, and taken away before anybody else gets the locks', async () => {
    const id = await engine.container('half');
    for (let count = 0; count < 2; count += 1) engine.gateway.once('removeContainer', away);
    const command = engine.commands.run('local', LOCK, async (session) => {
      session.touch({ containers: [id] });
      await session.takeAway(() => session.gateway.removeContainer(id, { force: true }));
      throw new DomainError('ADDRESS_IN_USE', 'the second network is full');
    });
    await expect(command).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await engine.commands.run('local', LOCK, async () => {
      expect(await engine.gateway.inspectContainer(id)).toBeUndefined();
    });
    expect(engine.gateway.calls.filter((call) => call === `removeContainer ${id}`)).toHaveLength(3);
  });

  it('is no longer owed when somebody else has taken it away', async () => {
    const id = await engine.container('half');
    engine.gateway.once('removeContainer', away);
    const command = engine.commands.run('local', LOCK, async (session) => {
      session.touch({ containers: [id] });
      await session.takeAway(() => session.gateway.removeContainer(id, { force: true }));
      engine.gateway.removeUnseen(id);
      throw new DomainError('ADDRESS_IN_USE', 'the second network is full');
    });
    await expect(command).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(await engine.commands.run('local', LOCK, () => Promise.resolve('free'))).toBe('free');
  });
});

describe('at the end of the service', () => {
  it('a command that has begun is finished first', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const command = engine.commands.run('local', LOCK, () => promise);
    let over = false;
    const stopping = engine.commands.beforeApplicationShutdown().then(() => (over = true));
    await settled();
    expect(over).toBe(false);
    resolve('done');
    expect(await command).toBe('done');
    await stopping;
  });

  it('one that cannot be settled does not keep the service from ending', async () => {
    const command = engine.commands.run('local', LOCK, async (session) => {
      session.owe(away);
      throw new DomainError('ADDRESS_IN_USE', 'half-done');
    });
    await expect(command).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await engine.commands.beforeApplicationShutdown();
  });
});

describe('work that is owed to an engine that is away', () => {
  it('is done when it is back, and what it locks is kept from others until then', async () => {
    lose();
    engine.gateway.once('ping', away);
    const done: string[] = [];
    const isTaken = engine.commands.owe('local', LOCK, async ({ gateway }) => {
      await gateway.ping();
      done.push('owed');
    });
    expect(isTaken).toBe(true);
    await settled();
    engine.picture.state = 'connected';
    await engine.commands.run('local', LOCK, async () => {
      done.push('next');
    });
    expect(done).toEqual(['owed', 'next']);
  });

  it('is not taken on where nobody will ever ask the engine', () => {
    expect(engine.commands.owe('nowhere', LOCK, () => Promise.resolve())).toBe(false);
  });
});
