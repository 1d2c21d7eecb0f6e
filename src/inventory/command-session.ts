import { Logger } from '@nestjs/common';
import type { DockerGateway } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { Refresher } from './refresher.js';

/** The engine may do it later. */
export function isPassing(error: unknown): boolean {
  return error instanceof DomainError && (error.kind === 'unavailable' || error.kind === 'timeout');
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'not-found') throw error;
  }
}

/** One command's hold on an engine: the gateway, and the means to look again at what it touches. */
export class CommandSession {
  private readonly logger = new Logger(CommandSession.name);
  /** Things half-made that could not be taken away yet because the engine went away. */
  private readonly debts: (() => Promise<void>)[] = [];
  private acted = false;
  /** Something touched could not be looked at again. */
  private unseen = false;
  private readonly touched = { networks: new Set<string>(), containers: new Set<string>() };

  constructor(
    readonly engine: string,
    readonly gateway: DockerGateway,
    private readonly refresher: Refresher,
  ) {}

  /** Names what is about to be changed: it is looked at again should it stay unknown what the engine did. */
  touch({ networks = [], containers = [] }: { networks?: readonly string[]; containers?: readonly string[] }): void {
    for (const id of networks) this.touched.networks.add(id);
    for (const id of containers) this.touched.containers.add(id);
  }

  /** The engine is still to be asked before the locks are given up. */
  get isUnsettled(): boolean {
    return this.debts.length > 0 || this.unseen;
  }

  /** Runs a command on the engine: from its success on, a failure leaves something half-done behind. */
  async act<T>(command: (gateway: DockerGateway) => Promise<T>): Promise<T> {
    const result = await command(this.gateway);
    this.acted = true;
    return result;
  }

  /** Everything that was done has been taken back: a failure leaves nothing open any more. */
  tookBack(): void {
    this.acted = false;
  }

  /** The failure as the caller is to be told it: after a first command, losing the engine leaves the outcome open. */
  explain(error: unknown): unknown {
    if (!(error instanceof DomainError) || !isPassing(error) || !this.acted) return error;
    return new DomainError(error.code, error.detail, { ...error.extras, outcome: 'unknown' }, { cause: error });
  }

  /** Notes what is to be taken away as soon as the engine can be asked, before the locks are given up. */
  owe(work: () => Promise<void>): void {
    this.debts.push(work);
  }

  /** Takes away what a failed command has made; while the engine is away it stays owed, and the locks are kept. */
  async takeAway(work: () => Promise<void>): Promise<void> {
    try {
      await unlessGone(work);
    } catch (error) {
      if (isPassing(error)) this.owe(work);
      else this.logger.error(`What a failed command made on engine ${this.engine} was left behind: ${String(error)}`);
    }
  }

  /** Does what is still owed. Fails while the engine is away. */
  async payDebts(): Promise<void> {
    for (let work = this.debts[0]; work !== undefined; work = this.debts[0]) {
      this.debts.shift();
      await this.takeAway(work);
      if (this.debts.includes(work)) throw new DomainError('ENGINE_UNREACHABLE', `Engine ${this.engine} is still away.`);
    }
  }

  /** Inspects a network, by the engine's id, so that what is read next is true. */
  async refreshNetwork(id: string): Promise<void> {
    this.touch({ networks: [id] });
    await this.refresher.network(this.engine, id);
  }

  async refreshContainer(id: string): Promise<void> {
    this.touch({ containers: [id] });
    await this.refresher.container(this.engine, id);
  }

  /** Asks the engine what it is now: its role in a swarm can have changed without a word. */
  refreshEngine(): Promise<void> {
    return this.refresher.engine(this.engine);
  }

  /** Looks at everything anew: for what left no id behind. */
  refreshAll(): Promise<void> {
    return this.refresher.all(this.engine);
  }

  /** Looks again at all that was touched; at everything where the command left no id behind. */
  refreshTouched(): Promise<void> {
    const { networks, containers } = this.touched;
    if (networks.size + containers.size === 0) return this.refreshAll();
    return this.refresher.many(this.engine, this.touched);
  }

  /** The same on the way out of a failure, which must not be replaced by another one. */
  async refreshQuietly(): Promise<void> {
    try {
      await this.refreshTouched();
    } catch (error) {
      this.unseen = true;
      this.logger.warn(`Engine ${this.engine} could not be looked at after a failed command: ${String(error)}`);
    }
  }
}
