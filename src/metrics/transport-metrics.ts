import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { CertificateFollower } from '../transport/certificate-follower.js';
import { Metrics } from './metrics.js';

/** Tells in time that the certificate wants renewing, or that a renewed one is not taken up. */
@Injectable()
export class TransportMetrics {
  constructor({ registry }: Metrics, certificates: CertificateFollower) {
    new Gauge({
      name: 'fairlead_tls_certificate_expiry_timestamp_seconds',
      help: 'When the certificate that HTTPS is served with is over; absent without TLS.',
      registers: [registry],
      collect() {
        const { expiresMs } = certificates;
        if (expiresMs === undefined) this.remove();
        else this.set(expiresMs / 1000);
      },
    });
  }
}
