import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { PrivateEngine } from '../support/private-engine.js';

/** Makes a container one whose removal has failed half-way: the engine lets nobody touch its attachments any more. */
export async function makeDead(engine: PrivateEngine, id: string): Promise<void> {
  const file = `${engine.dir}/data/containers/${id}/immovable`;
  writeFileSync(file, '');
  execFileSync('chattr', ['+i', file]);
  try {
    await expect(engine.docker('rm', id)).rejects.toThrow(/operation not permitted/);
  } finally {
    execFileSync('chattr', ['-i', file]);
  }
}
