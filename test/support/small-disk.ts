import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownRunFolder, run, wipeServer } from '../../scripts/lab.ts';
import { endAfterFile } from './forgotten.ts';

let made = 0;

/** A disk of its own in memory that a test can fill up and make read-only. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #dir: string;
  readonly #isEnded: () => void;

  constructor(megabytes: number) {
    made += 1;
    this.#dir = join(ownRunFolder(), `disk${made}`);
    this.path = join(this.#dir, 'mount');
    this.#isEnded = endAfterFile(() => this.remove());
    mkdirSync(this.path, { recursive: true });
    run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.path]);
  }

  /** Leaves no byte free. */
  fill(): void {
    for (let size = 1 << 20, part = 0; size >= 1; part += 1) {
      try {
        writeFileSync(join(this.#ballast, String(part)), Buffer.alloc(size), { flag: 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') mkdirSync(this.#ballast);
        else if ((error as NodeJS.ErrnoException).code === 'ENOSPC') size >>= 1;
        else throw error;
      }
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(this.#ballast, { recursive: true, force: true });
  }

  /** Refused by the system while a file is open for writing. */
  makeReadOnly(): void {
    run('mount', ['-o', 'remount,ro', this.path]);
  }

  makeWritable(): void {
    run('mount', ['-o', 'remount,rw', this.path]);
  }

  remove(): void {
    this.#isEnded();
    if (existsSync(this.#dir)) wipeServer(this.#dir);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}
