import { setMaxListeners } from 'node:events';
import { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { DomainError } from '../../errors/domain.error.js';
import { requireListed } from '../allowed/listed-request.js';
import { openAgents, toDockerOptions, type EngineAgents, type EngineEndpoint } from './engine-endpoint.js';
import { ENGINE_OPERATIONS, type EngineOperation } from '../errors/engine-refusal.js';
import { explainTls } from './tls-failure.js';

export interface EngineRequest {
  readonly operation: EngineOperation;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly timeoutMs: number;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Statuses are judged by the gateway: docker-modem would fold status and words into one line of text. */
const ANY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true]));
const STALE_SOCKET = new Set(['ECONNRESET', 'EPIPE']);
/** The request cannot have reached the engine: no connection came about. */
const BEFORE_SENDING = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM', 'ENOTFOUND', 'EAI_AGAIN', 'ENOTSOCK']);
const TLS_FAILURE = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO)|before secure TLS/;

/** Why an exchange was ended from this side. */
class Ended extends Error {
  constructor(readonly because: 'timeout' | 'closed') {
    super(because);
  }
}

/**
 * HTTP with one engine through dockerode's modem. Its typed methods will not do: they never answer when a response
 * breaks off half-way, drop the warnings of a creation, repeat the body in the URL, and inspect cannot be aborted.
 */
export class EngineConnection {
  private readonly agents: EngineAgents;
  private readonly reads: Docker;
  private readonly commands: Docker;
  private readonly closing = new AbortController();

  constructor(
    private readonly engine: string,
    private readonly endpoint: EngineEndpoint,
    private readonly obstacle?: DomainError,
  ) {
    // Every request listens to it.
    setMaxListeners(0, this.closing.signal);
    this.agents = openAgents(endpoint);
    this.reads = withoutDetours(new Docker(toDockerOptions(endpoint, this.agents.reads)));
    this.commands = withoutDetours(new Docker(toDockerOptions(endpoint, this.agents.commands)));
  }

  /** Asks for something that may be asked again; once more where a kept connection has died meanwhile, over a new one: others may have too. */
  async read(request: EngineRequest): Promise<EngineAnswer> {
    try {
      return await this.exchange(this.reads, request);
    } catch (error) {
      if (!isStaleSocket(error)) throw this.explain(error, request, false);
    }
    return this.exchange(this.commands, request).catch((error: unknown) => {
      throw this.explain(error, request, false);
    });
  }

  /** Asks for a change; never repeated. */
  async command(request: EngineRequest): Promise<EngineAnswer> {
    return this.exchange(this.commands, request).catch((error: unknown) => {
      throw this.explain(error, request, true);
    });
  }

  /** Resolves with the answer's head; the body has no time limit of its own. */
  async open(request: EngineRequest): Promise<IncomingMessage> {
    const attempt = this.attempt(request.timeoutMs);
    try {
      const response = await this.dial(this.commands, request, attempt.signal);
      addAbortSignal(this.closing.signal, response);
      return response;
    } catch (error) {
      throw this.explain(attempt.signal.aborted ? attempt.signal.reason : error, request, false);
    } finally {
      attempt.done();
    }
  }

  close(): void {
    this.closing.abort(new Ended('closed'));
    this.agents.close();
  }

  private async exchange(docker: Docker, request: EngineRequest): Promise<EngineAnswer> {
    const attempt = this.attempt(request.timeoutMs);
    try {
      const response = await this.dial(docker, request, attempt.signal);
      const text = await readBody(response, attempt.signal);
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    } catch (error) {
      throw attempt.signal.aborted ? attempt.signal.reason : error;
    } finally {
      attempt.done();
    }
  }

  private attempt(timeoutMs: number): { signal: AbortSignal; done: () => void } {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Ended('timeout')), timeoutMs);
    const close = (): void => controller.abort(new Ended('closed'));
    if (this.closing.signal.aborted) close();
    this.closing.signal.addEventListener('abort', close);
    const done = (): void => {
      clearTimeout(timer);
      this.closing.signal.removeEventListener('abort', close);
    };
    return { signal: controller.signal, done };
  }

  private dial(docker: Docker, request: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, query, body } = request;
    return new Promise((resolve, reject) => {
      if (this.obstacle !== undefined) return reject(this.obstacle);
      if (signal.aborted) return reject(signal.reason as Error);
      requireListed(request);
      // The modem replaces a final question mark by the query; without one it would cut a letter off.
      const path = query === undefined ? request.path : `${request.path}?`;
      const options = { _query: query, _body: body ?? {} };
      docker.modem.dial(
        { path, method, options, isStream: true, statusCodes: ANY_STATUS, abortSignal: signal },
        (error, response) =>
          response instanceof IncomingMessage ? resolve(response) : reject(error ?? new Error('no answer')),
      );
    });
  }

  private explain(error: unknown, request: EngineRequest, isCommand: boolean): DomainError {
    if (error instanceof DomainError) return error;
    const doing = ENGINE_OPERATIONS[request.operation];
    const { engine } = this;
    const doubt = isCommand ? ({ outcome: 'unknown' } as const) : {};
    const cause = { cause: error };
    if (error instanceof Ended && error.because === 'timeout') {
      const detail = `Engine ${engine} did not answer within ${request.timeoutMs / 1000} s when ${doing}.`;
      return new DomainError('ENGINE_TIMEOUT', detail, { engine, ...doubt }, cause);
    }
    if (error instanceof Ended) {
      const detail = `The connection to engine ${engine} was closed when ${doing}.`;
      return new DomainError('ENGINE_UNREACHABLE', detail, { engine, ...doubt }, cause);
    }
    const failure = toFailure(error);
    const { code, message } = failure;
    if (error instanceof BrokenOff || code.startsWith('HPE_') || message.includes('redirects')) {
      const detail = `What engine ${engine} answered when ${doing} cannot be read.`;
      return new DomainError('ENGINE_ERROR', detail, { engine, engineMessage: message, ...doubt }, cause);
    }
    const { tls } = this.endpoint;
    const why = (tls && explainTls(failure, tls)) ?? message;
    const detail = `Engine ${engine} cannot be reached (${why}) when ${doing}.`;
    return new DomainError('ENGINE_UNREACHABLE', detail, { engine, ...(wasSent(error) && doubt) }, cause);
  }
}

/** The answer had begun and ended before its time. */
class BrokenOff extends Error {}

/** The whole body, or its beginning where a limit is set. */
export async function readBody(response: IncomingMessage, signal: AbortSignal, limit = Infinity): Promise<string> {
  addAbortSignal(signal, response);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) break;
    }
  } catch (error) {
    throw signal.aborted ? error : new BrokenOff('the answer broke off', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * docker-modem would follow a redirect outside of our socket and TLS; an engine has no reason to send one. It also
 * draws up a text of every request's options, agent and open sockets included, though nobody reads it: several ms each.
 */
function withoutDetours(docker: Docker): Docker {
  const modem = docker.modem as unknown as { buildRequest(options: object, ...rest: unknown[]): void };
  const build = modem.buildRequest.bind(modem);
  const asked = { maxRedirects: 0, [inspect.custom]: () => 'request' };
  modem.buildRequest = (options, ...rest) => build({ ...options, ...asked }, ...rest);
  return docker;
}

function toFailure(error: unknown): { code: string; syscall: string; message: string } {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return { code: code ?? '', syscall: syscall ?? '', message: message ?? String(error) };
}

function isStaleSocket(error: unknown): boolean {
  return error instanceof BrokenOff || STALE_SOCKET.has(toFailure(error).code);
}

function wasSent(error: unknown): boolean {
  const { code, syscall, message } = toFailure(error);
  return !(
    syscall === 'connect' ||
    BEFORE_SENDING.has(code) ||
    TLS_FAILURE.test(code) ||
    TLS_FAILURE.test(message)
  );
}
