import { Global, Module } from '@nestjs/common';
import { OpenLimits } from './open-limits.js';
import { OpenPerKey } from './open-per-key.js';
import { RateCountsRepository } from './rate-counts.repository.js';
import { RateExchange } from './rate-exchange.js';
import { RateLimits } from './rate-limits.js';
import { Strangers } from './strangers.js';

/** How much of the service one caller may take, so that there is enough for others. */
@Global()
@Module({
  providers: [{ provide: OpenLimits, useFactory: () => new OpenLimits() }, OpenPerKey, RateCountsRepository, RateExchange, RateLimits, Strangers],
  exports: [OpenLimits, OpenPerKey, RateLimits, Strangers],
})
export class LimitsModule {}
