import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { toCloudEvent } from '../event-log/cloud-event.js';
import { DeliverySignal } from '../outbox/delivery-signal.js';
import { RequestSender } from '../outgoing/request-sender.js';
import { EndpointDisabling } from '../webhooks/endpoint-disabling.js';
import { EndpointVault } from '../webhooks/endpoint-vault.js';
import { signedRequest } from '../webhooks/signed-request.js';
import type { Attempt, Verdict } from './attempts.repository.js';
import { DeliveryExchange, type Parcel } from './delivery-exchange.js';
import { DeliveryTally } from './delivery-tally.js';
import { DeliveryTimings } from './delivery-timings.js';

/**
 * Delivers what is owed, from the start of the service to its end. Several processes on one database share the work.
 * What was sent and could not be noted is sent again: receivers know it by its `webhook-id`.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Dispatcher.name);
  private readonly stopping = Promise.withResolvers<void>();
  private isStopping = false;
  private lastExchange = 0;
  private hasLookedForOtherKeys = false;
  private running: Promise<void> = Promise.resolve();
  private woken = Promise.withResolvers<void>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly finished: Attempt[] = [];
  private readonly undone: Verdict[] = [];

  constructor(
    private readonly exchange: DeliveryExchange,
    private readonly vault: EndpointVault,
    private readonly sender: RequestSender,
    private readonly disabling: EndpointDisabling,
    private readonly signal: DeliverySignal,
    private readonly timings: DeliveryTimings,
    private readonly tally: DeliveryTally,
  ) {}

  onApplicationBootstrap(): void {
    this.signal.listen(() => this.woken.resolve());
    this.running = this.run();
  }

  /** Attempts that are being made end in their own time, which is short, and are noted. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.stopping.resolve();
    this.woken.resolve();
    await this.running;
    await Promise.all(this.inFlight);
    if (this.finished.length > 0 || this.undone.length > 0) await this.guarded(() => this.turn(0));
  }

  private async run(): Promise<void> {
    await Promise.race([this.exchange.whenOpen(), this.stopping.promise]);
    while (!this.isStopping) {
      const isMore = await this.guarded(() => this.turn(this.timings.perProcess - this.inFlight.size));
      if (isMore !== true) await this.pause();
    }
  }

  /** Answers whether another turn may find more to do. */
  private async turn(capacity: number): Promise<boolean> {
    await this.disableWhatFailed();
    const finished = [...this.finished];
    const isDue = finished.length > 0 || (capacity > 0 && (await this.exchange.isAnythingDue()));
    if (!isDue) return false;
    const keyId = await this.vault.keyId();
    await this.tellOfOtherKeys(keyId);
    const { parcels, verdicts, isMore } = await this.exchange.exchange(finished, capacity, keyId);
    this.lastExchange = performance.now();
    this.finished.splice(0, finished.length);
    this.undone.push(...verdicts);
    for (const parcel of parcels) this.start(parcel);
    await this.disableWhatFailed();
    return isMore;
  }

  private async disableWhatFailed(): Promise<void> {
    for (const { webhookId, disable } of [...this.undone]) {
      await this.disabling.disable(webhookId, disable);
      this.undone.shift();
    }
  }

  private async tellOfOtherKeys(keyId: string): Promise<void> {
    if (this.hasLookedForOtherKeys) return;
    const count = await this.exchange.countOfOtherKeys(keyId);
    this.hasLookedForOtherKeys = true;
    if (count === 0) return;
    const what = 'webhooks have secrets that were encrypted with another key: nothing is delivered to them from here';
    this.logger.error(`${count} ${what}. Set FAIRLEAD_SECRET_KEY to the key that they were stored with.`);
  }

  private start(parcel: Parcel): void {
    const work = this.deliver(parcel).finally(() => {
      this.inFlight.delete(work);
      this.woken.resolve();
    });
    this.inFlight.add(work);
  }

  private async deliver({ claim, endpoint, event }: Parcel): Promise<void> {
    try {
      const opened = await this.vault.open(endpoint);
      const request = signedRequest(opened, event.id, toCloudEvent(event), new Date());
      const outcome = await this.sender.send(request, Object.values(opened.headers));
      this.finished.push({ ...claim, outcome });
      this.tally.count(outcome.failure);
    } catch (error) {
      // Nothing was sent. The claim ends by itself, and it is tried again then.
      this.logger.error(`Delivery ${claim.deliveryId} cannot be made: ${(error as Error).message}`);
    }
  }

  private async guarded(work: () => Promise<boolean>): Promise<boolean | undefined> {
    try {
      return await work();
    } catch (error) {
      // That the database is away has been told by it; what is finished waits here until it is back.
      const isKnown = error instanceof DomainError && error.code === 'DATABASE_UNAVAILABLE';
      if (!isKnown) this.logger.error(error);
      return undefined;
    }
  }

  private async pause(): Promise<void> {
    const timer = setTimeout(() => this.woken.resolve(), this.timings.pollMs);
    await this.woken.promise;
    clearTimeout(timer);
    const early = this.lastExchange + this.timings.gatherMs - performance.now();
    if (early > 0 && !this.isStopping) await delay(early);
    this.woken = Promise.withResolvers();
  }
}
