import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Settings, SettingsError } from '../config/settings.js';
import { readTlsTexts, type TlsTexts } from '../config/transport-settings.js';
import { renewTls } from './tls-options.js';
import { TransportTimings } from './transport-timings.js';

const logger = new Logger('Transport');
const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/**
 * Serves new connections with what the files of the certificate hold now. They are looked at every few seconds: a watch on
 * them misses what is replaced by way of a symbolic link, as Kubernetes does it.
 */
@Injectable()
export class CertificateFollower implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private used: TlsTexts | undefined;
  private certificate: X509Certificate | undefined;
  private toldFault: string | undefined;
  private remindMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly settings: Settings,
    private readonly http: HttpAdapterHost,
    private readonly timings: TransportTimings,
  ) {}

  /** When the certificate in use is over, in milliseconds since 1970; undefined without TLS. */
  get expiresMs(): number | undefined {
    return this.certificate?.validToDate.getTime();
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.transport.tls !== null) await this.follow();
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    clearTimeout(this.timer);
  }

  private async follow(): Promise<void> {
    await this.look();
    this.remind();
    if (!this.isStopping) this.timer = setTimeout(() => void this.follow(), this.timings.certificateMs).unref();
  }

  /** What cannot be used now, as a certificate whose key is not there yet, may be whole at the next look. */
  private async look(): Promise<void> {
    const { tls } = this.settings.transport;
    if (tls === null) return;
    try {
      const texts = await readTlsTexts(tls);
      this.toldFault = undefined;
      if (!areSame(texts, this.used)) this.use(texts);
    } catch (error) {
      const fault = error instanceof SettingsError ? error.message : String(error);
      if (fault !== this.toldFault) logger.warn(`${fault}; the TLS certificate that was read before stays in use`);
      this.toldFault = fault;
    }
  }

  private use(texts: TlsTexts): void {
    renewTls(this.http.httpAdapter.getHttpServer() as Server, texts);
    this.used = texts;
    this.certificate = new X509Certificate(texts.cert);
    this.remindMs = 0;
    const { subject, validFrom, validTo } = this.certificate;
    logger.log('TLS certificate in use', { subject, validFrom, validTo });
  }

  /** Once a day. */
  private remind(): void {
    const now = Date.now();
    if (this.certificate === undefined || now < this.remindMs) return;
    this.remindMs = now + DAY_MS;
    const { validFromDate, validToDate } = this.certificate;
    if (validFromDate.getTime() > now) logger.warn(`The TLS certificate is not valid before ${validFromDate.toISOString()}`);
    if (validToDate.getTime() > now + SOON_MS) return;
    logger.warn(`The TLS certificate ${validToDate.getTime() <= now ? 'has expired' : 'expires'} on ${validToDate.toISOString()}`);
  }
}

function areSame(a: TlsTexts, b: TlsTexts | undefined): boolean {
  return a.cert === b?.cert && a.key === b.key && a.clientCa === b.clientCa;
}
