import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { AddressGuard, hostOf } from '../outgoing/address-guard.js';
import { OutgoingTimings } from '../outgoing/outgoing-timings.js';
import { untilAborted } from '../outgoing/until-aborted.js';
import { requireUrl } from './webhook.rules.js';

/** Judges the URL of an endpoint when a caller gives it. Each attempt to deliver asks the guard again. */
@Injectable()
export class EndpointAddresses {
  constructor(
    private readonly guard: AddressGuard,
    private readonly timings: OutgoingTimings,
  ) {}

  /** Fails with `VALIDATION_FAILED`. A name that is not known now may be later: that is a warning. */
  async require(text: string): Promise<string[]> {
    const url = requireUrl(text);
    const signal = AbortSignal.timeout(this.timings.timeoutMs);
    const checked = await untilAborted(this.guard.check(url), signal).catch(() => undefined);
    if (checked === undefined) return [`The name ${hostOf(url)} cannot be looked up now.`];
    if ('addresses' in checked) return [];
    throw DomainError.invalid('The URL leads to where webhooks are not delivered.', { field: 'url', message: checked.refused });
  }
}
