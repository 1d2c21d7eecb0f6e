import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isSurelyDead, newProcessIdentity } from '../../src/database/process-identity.js';

const MODULE = resolve(import.meta.dirname, '../../src/database/process-identity.ts');
const children: ChildProcess[] = [];

/** Another process, and the identity that it gave itself. */
async function another(prefix: readonly string[] = []): Promise<{ identity: string; child: ChildProcess }> {
  const script = `const m = await import(${JSON.stringify(MODULE)}); console.log(m.newProcessIdentity()); setInterval(() => {}, 1e9);`;
  const argv = [...prefix, process.execPath, '--input-type=module', '--eval', script];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { identity: String(line).trim(), child };
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

describe('the identity of a process', () => {
  it('is another one each time, and that of a living process', () => {
    const [first, second] = [newProcessIdentity(), newProcessIdentity()];
    expect(first).not.toBe(second);
    expect([isSurelyDead(first), isSurelyDead(second)]).toEqual([false, false]);
  });

  it('is surely dead from the moment on that its process was killed', async () => {
    const { identity, child } = await another();
    expect(isSurelyDead(identity)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isSurelyDead(identity)).toBe(true);
  });

  it('is alive while its process is stopped', async () => {
    const { identity, child } = await another();
    child.kill('SIGSTOP');
    expect(isSurelyDead(identity)).toBe(false);
  });

  it('is not confused with a later process of the same number', () => {
    const [boot, namespace, pid, , random] = newProcessIdentity().split(':');
    expect(isSurelyDead([boot, namespace, pid, '1', random].join(':'))).toBe(true);
  });

  it('says nothing of processes of another boot or pid namespace', async () => {
    const [, namespace, , start, random] = newProcessIdentity().split(':');
    expect(isSurelyDead(['5f0f2c1e-0000-4000-8000-000000000000', namespace, '4194304', start, random].join(':'))).toBe(false);
    const { identity, child } = await another(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isSurelyDead(identity)).toBe(false);
  });

  it('says nothing where the text is no identity', () => {
    for (const text of ['', 'x', '::::', '-:-:1:-:aa']) expect(isSurelyDead(text)).toBe(false);
  });
});
