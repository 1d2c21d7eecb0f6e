import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceOf, ownRunFolder, run, wipeServer } from '../../scripts/lab.ts';
import type { PrivateEngine } from './private-engine.js';

/** The interface by which an engine's host is on the network between hosts. */
const PORT = 'lan0';
let lansMade = 0;

/**
 * A network between the hosts of private engines: a switch in a namespace of its own, and a cable from it to each host,
 * which can be pulled and plugged in again. Host n has the address `10.60.0.n`.
 */
export class Lan {
  private constructor(
    private readonly folder: string,
    private readonly addresses: ReadonlyMap<PrivateEngine, string>,
  ) {}

  static between(engines: readonly PrivateEngine[]): Lan {
    lansMade += 1;
    // Named as servers are, so that it is swept as they are.
    const folder = join(ownRunFolder(), `lan-${lansMade}`);
    const namespace = namespaceOf(folder);
    mkdirSync(folder, { recursive: true });
    run('ip', ['netns', 'add', namespace]);
    run('ip', ['-n', namespace, 'link', 'add', 'switch', 'type', 'bridge']);
    run('ip', ['-n', namespace, 'link', 'set', 'switch', 'up']);
    const addresses = new Map<PrivateEngine, string>();
    for (const [index, engine] of engines.entries()) {
      const end = `port${index + 1}`;
      const address = `10.60.0.${index + 1}`;
      run('ip', ['-n', namespace, 'link', 'add', end, 'type', 'veth', 'peer', 'name', PORT, 'netns', engine.netns]);
      run('ip', ['-n', namespace, 'link', 'set', end, 'master', 'switch', 'up']);
      run('ip', ['-n', engine.netns, 'address', 'add', `${address}/24`, 'dev', PORT]);
      run('ip', ['-n', engine.netns, 'link', 'set', PORT, 'up']);
      addresses.set(engine, address);
    }
    return new Lan(folder, addresses);
  }

  addressOf(engine: PrivateEngine): string {
    const address = this.addresses.get(engine);
    if (address === undefined) throw new Error(`engine ${engine.name} is not on this network`);
    return address;
  }

  /** The host reaches nobody and nobody reaches it; its engine runs on, and its socket answers. */
  cutOff(engine: PrivateEngine): void {
    run('ip', ['-n', engine.netns, 'link', 'set', PORT, 'down']);
  }

  bringBack(engine: PrivateEngine): void {
    run('ip', ['-n', engine.netns, 'link', 'set', PORT, 'up']);
  }

  stop(): void {
    wipeServer(this.folder);
  }
}
