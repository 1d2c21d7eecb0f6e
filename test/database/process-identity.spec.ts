import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSurelyDead, processIdentity } from '../../src/database/process-identity.js';
import { eventually } from '../support/eventually.js';

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

  it('tells that it has ended, also while its parent has not asked for it', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const [boot, namespace] = processIdentity().split('/');
    const pid = Number(line);
    const start = await eventually(() => {
      const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      expect(state).toBe('Z');
      return fields[18];
    });
    expect(isSurelyDead([boot, namespace, pid, start, 'x'].join('/'))).toBe(true);
    parent.kill();
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
