import http from 'node:http';
import https from 'node:https';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AddressGuard } from './address-guard.js';
import { OutgoingTimings } from './outgoing-timings.js';
import { failureOf, retryAfterMs, type Failure, type RequestOutcome } from './request-outcome.js';
import { readHead } from './response-head.js';
import { untilAborted } from './until-aborted.js';

const LARGEST_BODY = 1024 * 1024;
const LONGEST_DETAIL = 500;

export interface OutgoingRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Answer = Pick<RequestOutcome, 'status' | 'failure' | 'detail' | 'responseHead' | 'retryAfterMs'>;

/** Makes one attempt. Never rejects: how it went is the answer. */
@Injectable()
export class RequestSender implements OnApplicationShutdown {
  private readonly http = new http.Agent({ keepAlive: true });
  private readonly https = new https.Agent({ keepAlive: true });

  constructor(
    private readonly guard: AddressGuard,
    private readonly timings: OutgoingTimings,
  ) {}

  /** `secrets` are texts that must not be kept although the receiver repeats them. */
  async send(request: OutgoingRequest, secrets: readonly string[]): Promise<RequestOutcome> {
    const at = new Date();
    const began = performance.now();
    const answer = await this.attempt(request, secrets);
    return { at: at.toISOString(), durationMs: Math.round(performance.now() - began), ...answer };
  }

  onApplicationShutdown(): void {
    this.http.destroy();
    this.https.destroy();
  }

  private async attempt(request: OutgoingRequest, secrets: readonly string[]): Promise<Answer> {
    if (Buffer.byteLength(request.body) > LARGEST_BODY) return failed('tooLarge', 'The event is larger than 1 MiB.');
    const deadline = AbortSignal.timeout(this.timings.timeoutMs);
    try {
      const checked = await untilAborted(this.guard.check(request.url), deadline);
      if ('refused' in checked) return failed('refusedAddress', checked.refused);
      const response = await this.ask(request, checked.addresses, deadline);
      return await answerOf(response, secrets);
    } catch (error) {
      if (deadline.aborted) return failed('timeout', `There was no answer within ${this.timings.timeoutMs} ms.`);
      return failed('connection', wordsOf(error));
    }
  }

  private async ask(
    request: OutgoingRequest,
    addresses: readonly LookupAddress[],
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    const secure = request.url.protocol === 'https:';
    const common = { method: 'POST', headers: request.headers, lookup: pinnedTo(addresses), signal };
    const open = (fresh: boolean): http.ClientRequest => {
      if (secure) return https.request(request.url, { ...common, agent: fresh ? false : this.https });
      return http.request(request.url, { ...common, agent: fresh ? false : this.http });
    };
    const first = open(false);
    try {
      return await responseTo(first, request.body);
    } catch (error) {
      // A kept connection that the receiver closed just now says nothing about the receiver.
      if (!first.reusedSocket || signal.aborted) throw error;
      return responseTo(open(true), request.body);
    }
  }
}

/** The name was looked up already: what it stands for now is not asked again. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function responseTo(request: http.ClientRequest, body: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end(body);
  });
}

async function answerOf(response: http.IncomingMessage, secrets: readonly string[]): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const wait = retryAfterMs(status, response.headers['retry-after'], Date.now());
  const responseHead = await readHead(response, secrets);
  return { status, failure: failureOf(status), detail: null, responseHead, retryAfterMs: wait };
}

function failed(failure: Failure, detail: string): Answer {
  return { status: null, failure, detail: detail.slice(0, LONGEST_DETAIL), responseHead: null, retryAfterMs: null };
}

function wordsOf(error: unknown): string {
  // A name with several addresses, none of which could be reached.
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
