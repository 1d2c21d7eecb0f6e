import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import { aSimulatedEngine, type SimulatedEngine } from './simulated-engine.js';

let engine: SimulatedEngine;
beforeEach(async () => {
  engine = await aSimulatedEngine();
});

function fails(code: 'ENGINE_ERROR' | 'ENGINE_UNREACHABLE' | 'ENGINE_TIMEOUT') {
  return () => Promise.reject(new DomainError(code, 'as the test wants it'));
}

describe('looking at one object', () => {
  it('shows it as it is, and that it is gone once it is', async () => {
    const id = await engine.container('web');
    await engine.refresher.container('local', id);
    expect(engine.shown()).toEqual(['web']);
    await engine.gateway.removeContainer(id, { force: true });
    await engine.refresher.container('local', id);
    expect(engine.shown()).toEqual([]);
  });

  it('never lets an older answer stand over a newer one', async () => {
    const id = await engine.container('web');
    const slow = engine.gateway.hold('inspectContainer');
    const first = engine.refresher.container('local', id);
    await slow.reached;
    await engine.gateway.startContainer(id);
    const second = engine.refresher.container('local', id);
    slow.release();
    await Promise.all([first, second]);
    expect(engine.inventory.snapshot('local').containerById.get(id)?.state).toBe('running');
  });

  it('asks once for all who ask while it has not begun, and again for who asks after it has', async () => {
    const id = await engine.container('web');
    const before = engine.gateway.calls.length;
    const slow = engine.gateway.hold('inspectContainer');
    const all = [engine.refresher.container('local', id)];
    await slow.reached;
    for (let count = 0; count < 5; count += 1) all.push(engine.refresher.container('local', id));
    slow.release();
    await Promise.all(all);
    expect(engine.gateway.calls.slice(before)).toEqual([`inspectContainer ${id}`, `inspectContainer ${id}`]);
  });

  it('goes on after a failure, which reaches who asked and nobody else', async () => {
    const id = await engine.container('web');
    engine.gateway.once('inspectContainer', fails('ENGINE_UNREACHABLE'));
    const first = engine.refresher.container('local', id);
    const second = engine.refresher.container('local', id);
    await expect(first).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await second;
    expect(engine.shown()).toEqual(['web']);
  });

  it('says that the picture has changed only when it has', async () => {
    const id = await engine.container('web');
    let told = 0;
    engine.bus.on('picture-changed', () => (told += 1));
    await engine.refresher.container('local', id);
    const { revision } = engine.inventory.snapshot('local');
    await engine.refresher.container('local', id);
    expect([told, engine.inventory.snapshot('local').revision]).toEqual([1, revision]);
  });
});

describe('looking at everything', () => {
  it('shows what there is and drops what there is not any more', async () => {
    await engine.network('front');
    const id = await engine.container('web');
    await engine.refresher.all('local');
    expect(engine.shown()).toEqual(['front', 'web']);
    engine.gateway.removeUnseen(id);
    await engine.refresher.all('local');
    expect(engine.shown()).toEqual(['front']);
  });

  it('keeps what was made after the list was asked for', async () => {
    const list = engine.gateway.hold('listContainers');
    const all = engine.refresher.all('local');
    await list.reached;
    const id = await engine.container('late');
    await engine.refresher.container('local', id);
    list.release();
    await all;
    expect(engine.shown()).toEqual(['late']);
  });

  it('does not bring back what is gone by an answer that is older than the list', async () => {
    const id = await engine.container('web');
    await engine.refresher.container('local', id);
    const slow = engine.gateway.hold('inspectContainer');
    const older = engine.refresher.container('local', id);
    await slow.reached;
    engine.gateway.removeUnseen(id);
    const all = engine.refresher.all('local');
    await new Promise((resolve) => setImmediate(resolve));
    slow.release();
    await Promise.all([older, all]);
    expect(engine.shown()).toEqual([]);
  });

  it('is not kept from the others by one object that the engine cannot describe', async () => {
    for (const name of ['a', 'b', 'c']) await engine.container(name);
    engine.gateway.once('inspectContainer', fails('ENGINE_ERROR'));
    await engine.refresher.all('local');
    expect(engine.shown()).toHaveLength(2);
  });

  it('fails when the engine goes away in the middle of it', async () => {
    await engine.container('a');
    engine.gateway.once('inspectContainer', fails('ENGINE_UNREACHABLE'));
    await expect(engine.refresher.all('local')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('takes one object that hangs for what it is while the engine answers, and fails when it does not', async () => {
    for (const name of ['a', 'b']) await engine.container(name);
    engine.gateway.once('inspectContainer', fails('ENGINE_TIMEOUT'));
    await engine.refresher.all('local');
    expect(engine.shown()).toHaveLength(1);
    engine.gateway.once('inspectContainer', fails('ENGINE_TIMEOUT'));
    engine.gateway.once('ping', fails('ENGINE_TIMEOUT'));
    await expect(engine.refresher.all('local')).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it('shows nothing half-seen of an engine that comes back', async () => {
    await engine.network('front');
    await engine.container('web');
    engine.picture.state = 'unreachable';
    const seen: string[][] = [];
    engine.bus.on('picture-changed', () => seen.push(engine.shown()));
    await engine.refresher.all('local');
    expect(seen.filter((names) => names.length === 1)).toEqual([]);
    expect(engine.shown()).toEqual(['front', 'web']);
  });
});
