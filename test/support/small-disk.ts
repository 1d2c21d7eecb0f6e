import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownRunFolder, run, wipeServer } from '../../scripts/lab.ts';
import { eventually } from './eventually.ts';
import { endAfterFile } from './forgotten.ts';

let made = 0;

/** Where the system has no loop devices, as in most containers, no disk can be made to fail. */
export const CAN_FAIL = existsSync('/dev/loop-control');

const EXT4 = '/sys/fs/ext4';

/** A disk of its own that a test can fill up and make read-only: in memory, or an ext4 that can be made to fail. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #dir: string;
  readonly #isEnded: () => void;

  constructor(megabytes: number, { canFail = false } = {}) {
    made += 1;
    this.#dir = join(ownRunFolder(), `disk${made}`);
    this.path = join(this.#dir, 'mount');
    this.#isEnded = endAfterFile(() => this.remove());
    mkdirSync(this.path, { recursive: true });
    if (!canFail) run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.path]);
    else {
      writeFileSync(this.#image, '');
      truncateSync(this.#image, megabytes << 20);
      run('mkfs.ext4', ['-q', this.#image]);
      run('mount', ['-o', 'loop,errors=remount-ro', this.#image, this.path]);
    }
  }

  /** The file system finds an error and takes no writes from here on, also not through files that are open. */
  fail(): void {
    writeFileSync(join(this.#system(), 'trigger_fs_error'), 'made to fail by a test');
  }

  /** Mounts it anew after a failure, once nobody has a file open. */
  async mountAnew(): Promise<void> {
    const system = this.#system();
    run('umount', [this.path]);
    // Containers that start just then, anywhere, have it mounted for a moment as well: it would be the same that has failed.
    await eventually(() => {
      if (existsSync(system)) throw new Error(`${system} is still there`);
    });
    run('mount', ['-o', 'loop', this.#image, this.path]);
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

  /** Where the kernel shows the file system. */
  #system(): string {
    const device = run('findmnt', ['--noheadings', '--output', 'SOURCE', this.path]).trim();
    return join(EXT4, basename(device));
  }

  get #image(): string {
    return join(this.#dir, 'image');
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}
