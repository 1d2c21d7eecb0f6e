import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database.js';
import { reachOf } from '../docker/engine-reach.js';
import { GatewayOpener } from '../docker/gateway-opener.js';
import { GatewayRegistry, type KnownEngine } from '../docker/gateway-registry.js';
import { DomainError } from '../errors/domain.error.js';
import { JournalRepository } from '../event-log/journal.repository.js';
import { closedWay, EngineVault } from './engine-vault.js';
import { identityOfReach } from './engine.rules.js';
import { EnginesRepository, type StoredEngine } from './engines.repository.js';

/** How often engines are looked for that other processes on the database have added, changed or removed. */
const LOOK_MS = 1_000;

/** Keeps the engines that this process looks after in step with those in the database. */
@Injectable()
export class KeptEngines implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(KeptEngines.name);
  private readonly stopping = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  /** As it is followed, or was passed over, by name. */
  private readonly taken = new Map<string, string>();
  private readonly followed = new Set<string>();
  /** Why the last try failed, by name: said once. */
  private readonly failing = new Map<string, string>();

  constructor(
    private readonly database: Database,
    private readonly engines: EnginesRepository,
    private readonly vault: EngineVault,
    private readonly gateways: GatewayRegistry,
    private readonly opener: GatewayOpener,
    private readonly journals: JournalRepository,
  ) {}

  /** Where the database answers they are there before the first request. */
  async onApplicationBootstrap(): Promise<void> {
    const beginning = this.begin();
    if (this.database.condition.state === 'available') await beginning;
    void beginning.then(() => this.lookAgainAndAgain());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.looking;
  }

  /** Fails with `DATABASE_UNAVAILABLE`. What was written before the call is followed, or no more, when it resolves. */
  async look(): Promise<void> {
    const look = this.looking.then(() => this.lookNow());
    this.looking = look.catch(() => undefined);
    await look;
  }

  /** The name of another engine that this process looks after at the same place. */
  nameAt(identity: string, except: string): string | undefined {
    const others = this.gateways.all().filter(({ gateway }) => gateway.engine !== except);
    return others.find(({ reach }) => identityOfReach(reach) === identity)?.gateway.engine;
  }

  private async begin(): Promise<void> {
    await Promise.race([this.database.whenOpen(), aborted(this.stopping.signal)]);
    const settled = this.gateways.all().map(({ gateway }) => gateway.engine);
    // One that was removed here may have come into the settings since.
    await this.unlessAway(() => this.journals.revive(settled));
    await this.unlessAway(() => this.look());
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.unlessAway(() => this.look());
    }
  }

  private async unlessAway(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The database has told of its own failures.
      if (!(error instanceof DomainError)) this.logger.error(error);
    }
  }

  private async lookNow(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const stored = await this.engines.list();
    const names = new Set(stored.map(({ name }) => name));
    for (const name of [...this.taken.keys()].filter((each) => !names.has(each))) {
      await this.unlessItFails(name, async () => {
        await this.drop(name);
        this.taken.delete(name);
      });
    }
    for (const engine of stored) {
      const mark = `${engine.id} ${engine.revision}`;
      if (this.taken.get(engine.name) === mark) continue;
      await this.unlessItFails(engine.name, async () => {
        // Another engine of the same name: nothing of the one before is its own.
        if (this.taken.get(engine.name)?.startsWith(`${engine.id} `) === false) await this.drop(engine.name);
        await this.take(engine);
        this.taken.set(engine.name, mark);
      });
    }
  }

  /** One engine that cannot be taken up or left keeps nobody from the others; it is tried again at the next look. */
  private async unlessItFails(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.failing.delete(name);
    } catch (error) {
      const problem = String(error);
      if (this.failing.get(name) === problem) return;
      this.failing.set(name, problem);
      this.logger.error(`What the database says of engine ${name} cannot be followed; it is tried again each second: ${problem}`);
    }
  }

  private async take(engine: StoredEngine): Promise<void> {
    const obstacle = this.settingsHave(engine);
    if (obstacle !== undefined) {
      this.logger.error(`Engine ${engine.name} at ${engine.endpoint}, which was added through the API, is passed over: ${obstacle}`);
      return this.drop(engine.name);
    }
    await this.gateways.put(await this.open(engine));
    this.followed.add(engine.name);
    this.logger.log(`Looking after engine ${engine.name} at ${engine.endpoint}, which was added through the API`);
  }

  private settingsHave({ name, identity }: StoredEngine): string | undefined {
    const ours = this.gateways.all().filter(({ reach }) => reach.source === 'settings');
    const same = ours.find(({ gateway, reach }) => gateway.engine === name || identityOfReach(reach) === identity);
    return same && `the settings name the same, as ${same.gateway.engine} at ${same.reach.endpoint}.`;
  }

  private async drop(name: string): Promise<void> {
    if (!this.followed.has(name)) return;
    await this.gateways.remove(name);
    this.followed.delete(name);
    this.logger.log(`Engine ${name} is no longer looked after: it was removed`);
  }

  /** An engine whose credentials cannot be opened is there all the same, and says why it cannot be reached. */
  private async open(stored: StoredEngine): Promise<KnownEngine> {
    const { name, credentialNames } = stored;
    const reach = { ...reachOf(closedWay(stored), 'service'), credentials: credentialNames };
    try {
      return { reach, gateway: this.opener.open({ name, ...(await this.vault.open(stored)) }) };
    } catch (error) {
      // A secret key that cannot be read at all is an error of the file system.
      const obstacle = error instanceof DomainError ? error : new DomainError('ENGINE_UNREACHABLE', `Its credentials cannot be decrypted: ${String(error)}`);
      this.logger.error(`Engine ${name}: ${obstacle.detail}`);
      return { reach, gateway: this.opener.open({ name, ...closedWay(stored) }, { obstacle }) };
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
