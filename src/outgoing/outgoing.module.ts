import { Module } from '@nestjs/common';
import { AddressGuard } from './address-guard.js';
import { NameResolver } from './name-resolver.js';
import { OutgoingTimings } from './outgoing-timings.js';
import { RequestSender } from './request-sender.js';

/** How a request goes out to an address that others named. */
@Module({
  providers: [AddressGuard, NameResolver, { provide: OutgoingTimings, useFactory: () => new OutgoingTimings() }, RequestSender],
  exports: [AddressGuard, OutgoingTimings, RequestSender],
})
export class OutgoingModule {}
