import { describe, expect, it } from 'vitest';
import { currentRequestId, inRequest } from '../../src/logging/request-context.js';
import { lockKey, ObjectLocks, type LockRequest } from '../../src/inventory/object-locks.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that says when it runs and ends when it is told to. */
function aWork(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    log.push(`${name} begins`);
    await promise;
    log.push(`${name} ends`);
  };
  return { run, end: resolve };
}

const exclusive = (key: string): LockRequest => ({ key, mode: 'exclusive' });
const shared = (key: string): LockRequest => ({ key, mode: 'shared' });

describe('locks', () => {
  it('let one at a time at what it has for itself, in the order of asking', async () => {
    const [locks, log] = [new ObjectLocks(), [] as string[]];
    const works = ['a', 'b', 'c'].map((name) => aWork(log, name));
    const held = works.map(({ run }) => locks.hold([exclusive('x')], run));
    await settled();
    expect(log).toEqual(['a begins']);
    for (const { end } of works) end();
    await Promise.all(held);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('let many at what they share, and nobody take it away meanwhile', async () => {
    const [locks, log] = [new ObjectLocks(), [] as string[]];
    const [a, b, taker] = [aWork(log, 'a'), aWork(log, 'b'), aWork(log, 'taker')];
    const held = [
      locks.hold([shared('x')], a.run),
      locks.hold([shared('x')], b.run),
      locks.hold([exclusive('x')], taker.run),
    ];
    await settled();
    expect(log.sort()).toEqual(['a begins', 'b begins']);
    a.end();
    await settled();
    expect(log).not.toContain('taker begins');
    b.end();
    taker.end();
    await Promise.all(held);
    expect(log.at(-1)).toBe('taker ends');
  });

  it('let work that has waited go on in the request that asked for it', async () => {
    const locks = new ObjectLocks();
    const held = ['a', 'b', 'c'].map((requestId) =>
      inRequest({ requestId }, () => locks.hold([exclusive('x'), exclusive('y')], async () => {
        await settled();
        return currentRequestId();
      })),
    );
    expect(await Promise.all(held)).toEqual(['a', 'b', 'c']);
  });

  it('never make two wait for each other, however they name them', async () => {
    const locks = new ObjectLocks();
    const rounds = Array.from({ length: 50 }, (_, index) =>
      locks.hold(index % 2 === 0 ? [exclusive('x'), exclusive('y')] : [exclusive('y'), exclusive('x')], settled),
    );
    await Promise.all(rounds);
  });

  it('are taken once where one work names an object twice, in the stronger way', async () => {
    const [locks, log] = [new ObjectLocks(), [] as string[]];
    const [both, other] = [aWork(log, 'both'), aWork(log, 'other')];
    const held = [locks.hold([shared('x'), exclusive('x'), shared('x')], both.run), locks.hold([shared('x')], other.run)];
    await settled();
    expect(log).toEqual(['both begins']);
    both.end();
    other.end();
    await Promise.all(held);
  });

  it('are given up by work that fails, with its failure', async () => {
    const locks = new ObjectLocks();
    await expect(locks.hold([exclusive('x')], () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await locks.hold([exclusive('x')], () => Promise.resolve('had'))).toBe('had');
  });

  it('are no longer waited for once the signal says so, while work that runs goes on', async () => {
    const [locks, log] = [new ObjectLocks(), [] as string[]];
    const leaving = new AbortController();
    const [runs, waits] = [aWork(log, 'runs'), aWork(log, 'waits')];
    const first = locks.hold([exclusive('x')], runs.run, leaving.signal);
    const second = locks.hold([exclusive('x')], waits.run, leaving.signal);
    await settled();
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    runs.end();
    await first;
    expect(log).toEqual(['runs begins', 'runs ends']);
  });

  it('of two services, two engines and two kinds of objects are not each other’s', async () => {
    const [locks, others, log] = [new ObjectLocks(), new ObjectLocks(), [] as string[]];
    const works = ['one', 'two', 'three', 'four'].map((name) => aWork(log, name));
    const [one, two, three, four] = works as [(typeof works)[0], (typeof works)[0], (typeof works)[0], (typeof works)[0]];
    const held = [
      locks.hold([exclusive(lockKey.network('a', 'x'))], one.run),
      locks.hold([exclusive(lockKey.network('b', 'x'))], two.run),
      locks.hold([exclusive(lockKey.container('a', 'x'))], three.run),
      others.hold([exclusive(lockKey.network('a', 'x'))], four.run),
    ];
    await settled();
    expect(log).toHaveLength(4);
    for (const { end } of works) end();
    await Promise.all(held);
  });
});
