import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Injectable } from '@nestjs/common';
import proxyAddr from '@fastify/proxy-addr';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { OwnNames } from './own-names.js';
import { trustIn } from './trusted-proxies.js';

const LONGEST_SHOWN = 100;

/** Looks at how a request came, before anything else is done about it: under which name, from where, for which page. */
@Injectable()
export class Entrance {
  private readonly isTrusted: (address: string) => boolean;
  private readonly ownNames: OwnNames;
  private readonly origins: ReadonlySet<string>;

  constructor({ host, transport }: Settings) {
    this.isTrusted = trustIn(transport.trustedProxies);
    this.ownNames = new OwnNames(host, transport.allowedHosts);
    this.origins = new Set(transport.corsOrigins);
  }

  /** Where it comes from: the peer, or whom trusted proxies name. */
  addressOf(request: IncomingMessage): string {
    return proxyAddr(request, this.isTrusted) ?? '';
  }

  /** Whether it was encrypted on its way from the client. */
  isEncrypted(request: IncomingMessage): boolean {
    const told = this.forwarded(request, 'x-forwarded-proto');
    return told === undefined ? request.socket instanceof TLSSocket : told.toLowerCase() === 'https';
  }

  /** Why it is not to be answered; undefined where it is. */
  refusal(request: IncomingMessage): DomainError | undefined {
    if (isRepeated(request.rawHeaders, 'host')) return new DomainError('MALFORMED_REQUEST', 'The request has more than one Host header.');
    // Each of them may be what a page was loaded by. Without any, as HTTP/1.0 allows, no browser asks.
    const named = [request.headers.host, targetOf(request.url), this.forwarded(request, 'x-forwarded-host')];
    const foreign = named.find((name) => name !== undefined && !this.ownNames.include(name));
    if (foreign !== undefined) {
      const detail = `The service is not known as "${foreign.slice(0, LONGEST_SHOWN)}". Who runs it names its hosts in FAIRLEAD_ALLOWED_HOSTS.`;
      return new DomainError('HOST_NOT_ALLOWED', detail);
    }
    if (isIP(this.addressOf(request)) === 0) {
      return new DomainError('MALFORMED_REQUEST', 'A trusted proxy forwarded the request with an X-Forwarded-For that holds no plain address.');
    }
    return undefined;
  }

  /** The same for a WebSocket, which browsers let any page open: those of others need to be allowed. */
  socketRefusal(request: IncomingMessage): DomainError | undefined {
    const refusal = this.refusal(request);
    const { origin, host } = request.headers;
    if (refusal !== undefined || origin === undefined || this.origins.has(origin)) return refusal;
    if (isSameOrigin(origin, this.forwarded(request, 'x-forwarded-host') ?? host, this.isEncrypted(request))) return undefined;
    const detail = `Pages of ${origin.slice(0, LONGEST_SHOWN)} may not open WebSockets here. Who runs the service names origins in FAIRLEAD_CORS_ORIGINS.`;
    return new DomainError('FORBIDDEN', detail);
  }

  /** What a trusted proxy says in this header; where several did, the nearest. */
  private forwarded({ headers, socket }: IncomingMessage, name: string): string | undefined {
    const value = headers[name];
    if (typeof value !== 'string' || !this.isTrusted(socket.remoteAddress ?? '')) return undefined;
    return value.split(',').at(-1)?.trim();
  }
}

function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  return rawHeaders.filter((field, index) => index % 2 === 0 && field.length === name.length && field.toLowerCase() === name).length > 1;
}

/** The host in a target as proxies are sent it, which counts more than `Host` (RFC 9112, 3.2.2). */
function targetOf(url: string | undefined): string | undefined {
  return url?.startsWith('/') ? undefined : /^https?:\/\/(?<authority>[^/?#]*)/i.exec(url ?? '')?.groups?.authority;
}

/** A proxy that is not trusted may have taken the encryption off; the other way round nothing is the same any more. */
function isSameOrigin(origin: string, host: string | undefined, isEncrypted: boolean): boolean {
  const page = URL.parse(origin);
  if (page === null || host === undefined || (isEncrypted && page.protocol !== 'https:')) return false;
  return page.origin === URL.parse(`${page.protocol}//${host}`)?.origin && page.origin !== 'null';
}
