import { Agent, request } from 'node:http';
import { eventually } from '../support/eventually.js';
import type { PrivateEngine } from '../support/private-engine.js';

export interface StormOptions {
  /** How many changes are made before it is over. */
  readonly changes: number;
  /** The same seed makes the same changes in each lane. */
  readonly seed?: number;
  /** How many change the engine at once, each its own networks and containers. */
  readonly lanes?: number;
  /** Begins the names of what it makes. */
  readonly prefix?: string;
  /** Called after each change with the number of them so far. */
  readonly onChange?: (made: number) => void;
}

/** Number of changes of each kind that were made. */
export type StormReport = Readonly<Record<string, number>>;

/** One in so many changes is made with the docker client itself, the others as it makes them: through the engine's API. */
const CLIENT_EVERY = 20;
const MOST_NETWORKS = 5;
const MOST_CONTAINERS = 5;
const MOST_RUNNING = 2;
/** Refused while the engine is behind: it notes these when it is asked, and again when containerd tells, maybe late. */
const PAUSING: ReadonlySet<string> = new Set(['pause container', 'unpause container']);

/** Changes networks, containers and attachments of an engine in every way at once, behind Fairlead's back. */
export async function raiseStorm(engine: PrivateEngine, options: StormOptions): Promise<StormReport> {
  const { changes, seed = 1, lanes = 6, prefix = 'storm', onChange } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const report: Record<string, number> = {};
  let begun = 0;
  let made = 0;
  const runLane = async (index: number): Promise<void> => {
    const lane = new Lane(`${prefix}${index}`, randomFrom(seed * 1_000 + index));
    while (begun < changes) {
      begun += 1;
      const { kind, client, method, path, body } = lane.next();
      const byClient = begun % CLIENT_EVERY === 0;
      const make = (): Promise<string> => (byClient ? engine.docker(...client) : askEngine(engine, agent, { method, path, body }));
      await (PAUSING.has(kind) ? eventually(make) : make());
      report[kind] = (report[kind] ?? 0) + 1;
      made += 1;
      onChange?.(made);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, (_, index) => runLane(index)));
  } finally {
    agent.destroy();
  }
  return report;
}

interface EngineRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** One change, as the API and as the client's command line have it. */
interface Change extends EngineRequest {
  readonly kind: string;
  readonly client: readonly string[];
}

export function askEngine(engine: PrivateEngine, agent: Agent, { method, path, body }: EngineRequest): Promise<string> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
    const asked = request({ socketPath: engine.socketPath, agent, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 500) < 400) resolve(text);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
      });
    });
    asked.on('error', reject);
    asked.end(json);
  });
}

interface OwnContainer {
  name: string;
  state: 'still' | 'runs' | 'paused';
  readonly networks: Set<string>;
  /** It hangs on a network that is gone, and cannot be started any more. */
  isBroken: boolean;
}

/** Makes changes that succeed, since it knows what it has made. */
class Lane {
  private readonly networks: string[] = [];
  private readonly containers: OwnContainer[] = [];
  private named = 0;

  constructor(
    private readonly prefix: string,
    private readonly random: () => number,
  ) {}

  next(): Change {
    const possible = [
      ...this.networkChanges(),
      ...this.containers.flatMap((container) => [...this.lifeChanges(container), ...this.placeChanges(container)]),
      ...(this.containers.length < MOST_CONTAINERS ? [() => this.createContainer()] : []),
    ];
    const change = possible[Math.floor(this.random() * possible.length)];
    if (change === undefined) throw new Error(`${this.prefix} has nothing to do`);
    return change();
  }

  private networkChanges(): (() => Change)[] {
    const isQuiet = (network: string): boolean =>
      this.containers.every(({ networks, state }) => !networks.has(network) || state === 'still');
    return [
      ...(this.networks.length < MOST_NETWORKS ? [() => this.createNetwork(), () => this.createNetwork()] : []),
      ...this.networks.filter(isQuiet).slice(0, 1).map((network) => () => this.removeNetwork(network)),
    ];
  }

  private createNetwork(): Change {
    const name = this.newName('n');
    this.networks.push(name);
    const labels = { storm: this.prefix };
    return {
      kind: 'create network',
      client: ['network', 'create', '--label', `storm=${this.prefix}`, name],
      ...{ method: 'POST', path: '/networks/create', body: { Name: name, CheckDuplicate: true, Labels: labels } },
    };
  }

  private removeNetwork(name: string): Change {
    this.networks.splice(this.networks.indexOf(name), 1);
    for (const container of this.containers) if (container.networks.has(name)) container.isBroken = true;
    return { kind: 'remove network', client: ['network', 'rm', name], method: 'DELETE', path: `/networks/${name}` };
  }

  private createContainer(): Change {
    const name = this.newName('c');
    const network = this.pick(this.networks) ?? 'bridge';
    this.containers.push({ name, state: 'still', networks: new Set([network]), isBroken: false });
    const body = { Image: 'fl-busybox', Cmd: ['sleep', '3600'], HostConfig: { NetworkMode: network } };
    return {
      kind: 'create container',
      client: ['create', '--name', name, '--network', network, 'fl-busybox', 'sleep', '3600'],
      ...{ method: 'POST', path: `/containers/create?name=${name}`, body },
    };
  }

  private lifeChanges(container: OwnContainer): (() => Change)[] {
    const running = this.containers.filter(({ state }) => state !== 'still').length;
    const { state } = container;
    if (state === 'paused') return [() => this.live(container, 'unpause', 'runs')];
    // Starting one takes as long as fifty other changes: what runs is left running more often than not.
    return [
      ...Array.from({ length: 3 }, () => () => this.rename(container)),
      () => this.removeContainer(container),
      ...(state === 'runs' ? [() => this.stop(container)] : []),
      ...(state === 'runs' ? Array.from({ length: 3 }, () => () => this.live(container, 'pause', 'paused')) : []),
      ...(state === 'still' && !container.isBroken && running < MOST_RUNNING
        ? [() => this.live(container, 'start', 'runs')]
        : []),
    ];
  }

  private live(container: OwnContainer, verb: string, state: OwnContainer['state']): Change {
    container.state = state;
    const { name } = container;
    return { kind: `${verb} container`, client: [verb, name], method: 'POST', path: `/containers/${name}/${verb}` };
  }

  /** Killing would be answered before the container has left its networks. */
  private stop(container: OwnContainer): Change {
    container.state = 'still';
    const { name } = container;
    const path = `/containers/${name}/stop?t=0`;
    return { kind: 'stop container', client: ['stop', '--time', '0', name], method: 'POST', path };
  }

  private rename(container: OwnContainer): Change {
    const before = container.name;
    container.name = this.newName('c');
    const { name } = container;
    const path = `/containers/${before}/rename?name=${name}`;
    return { kind: 'rename container', client: ['rename', before, name], method: 'POST', path };
  }

  private removeContainer(container: OwnContainer): Change {
    this.containers.splice(this.containers.indexOf(container), 1);
    const { name } = container;
    const path = `/containers/${name}?force=true`;
    return { kind: 'remove container', client: ['rm', '--force', name], method: 'DELETE', path };
  }

  /** Connecting and disconnecting, which still ones raise no events for, or fewer. */
  private placeChanges(container: OwnContainer): (() => Change)[] {
    if (container.isBroken || container.networks.has('bridge')) return [];
    const free = this.networks.filter((network) => !container.networks.has(network));
    const taken = [...container.networks];
    return [
      ...(free.length > 0 ? [() => this.place(container, this.pick(free) ?? '', 'connect')] : []),
      ...(free.length > 0 ? [() => this.place(container, this.pick(free) ?? '', 'connect')] : []),
      ...(taken.length > 1 ? [() => this.place(container, this.pick(taken.slice(1)) ?? '', 'disconnect')] : []),
    ];
  }

  private place(container: OwnContainer, network: string, verb: 'connect' | 'disconnect'): Change {
    if (verb === 'connect') container.networks.add(network);
    else container.networks.delete(network);
    const { name, state } = container;
    return {
      kind: `${verb} ${state === 'still' ? 'still' : 'running'} container`,
      client: ['network', verb, network, name],
      ...{ method: 'POST', path: `/networks/${network}/${verb}`, body: { Container: name } },
    };
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)];
  }

  private newName(kind: string): string {
    this.named += 1;
    return `${this.prefix}-${kind}${this.named}`;
  }
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
