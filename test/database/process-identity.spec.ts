import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isSurelyDead, processIdentity } from '../../src/database/process-identity.js';

describe('the name of a process', () => {
  it('is never given twice, and tells that it lives', () => {
    const [one, two] = [processIdentity(), processIdentity()];
    expect(one).not.toBe(two);
    expect([one, two].map(isSurelyDead)).toEqual([false, false]);
  });

  it('tells that it has ended, also when its pid has been given again', async () => {
    const child = spawn('sleep', ['0']);
    await once(child, 'exit');
    const [boot, namespace, , start] = processIdentity().split('/');
    expect(isSurelyDead([boot, namespace, child.pid, start, 'x'].join('/'))).toBe(true);
    expect(isSurelyDead([boot, namespace, process.pid, Number(start) - 1, 'x'].join('/'))).toBe(true);
  });

  it.each([
    ['another machine or boot', (parts: string[]) => ['other', ...parts.slice(1)]],
    ['another namespace of pids', (parts: string[]) => [parts[0], '1', ...parts.slice(2)]],
    ['nobody', () => ['']],
  ])('of %s tells nothing', (_what, change) => {
    const parts = processIdentity().split('/');
    parts[2] = '999999999';
    expect(isSurelyDead(change(parts).join('/'))).toBe(false);
  });
});
