import { Module } from '@nestjs/common';
import { CertificateFollower } from './certificate-follower.js';
import { Entrance } from './entrance.js';
import { TransportTimings } from './transport-timings.js';

/** How requests come in: encrypted or not, through whom, under which names and for which pages. */
@Module({
  providers: [CertificateFollower, Entrance, { provide: TransportTimings, useFactory: () => new TransportTimings() }],
  exports: [CertificateFollower, Entrance],
})
export class TransportModule {}
