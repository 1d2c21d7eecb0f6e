import type { IncomingMessage } from 'node:http';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { compareApiVersions, isApiVersion, NEWEST_API_VERSION, OLDEST_API_VERSION } from './api-version.js';
import { toDomainError } from './errors/docker.errors.js';
import { quoteLargeCounts } from './docker.mapper.js';
import { engineWords, isIdentified, parseExactly, parseJson, senseless } from './engine-answer.js';
import { readBody, type EngineAnswer, type EngineConnection, type EngineRequest } from './transport/engine-connection.js';
import { DOCKER, type EngineDialect, type Speaker } from './engine-dialect.js';
import type { Target } from './engine-feature.js';
import { isObject, textAt, type JsonObject } from './engine-json.js';
import { NetworkLookups } from './network-lookups.js';
import { isPodman, PODMAN } from './podman/podman.dialect.js';

/** A request to the negotiated version of the API; `subject` is the object that it is about. */
export interface Ask extends EngineRequest {
  readonly subject?: string;
}

export type Read = Omit<Ask, 'method' | 'body'>;

const ABSENT: Readonly<Record<'networks' | 'containers' | 'images' | 'nodes' | 'services', ErrorCode>> = {
  networks: 'NETWORK_NOT_FOUND',
  containers: 'CONTAINER_NOT_FOUND',
  images: 'IMAGE_NOT_FOUND',
  nodes: 'NODE_NOT_FOUND',
  services: 'SERVICE_NOT_FOUND',
};
const REFUSAL_BYTES = 64 * 1024;

/** Speaks the API version that was agreed on, and turns refusals into our own errors. */
export class EngineClient {
  private agreed: string | undefined;
  private dialect: EngineDialect = DOCKER;
  private readonly lookups = new NetworkLookups((name, timeoutMs) => this.findNetwork(name, timeoutMs));

  constructor(
    readonly engine: string,
    private readonly connection: EngineConnection,
  ) {}

  /** It may remember more events than anybody wants to read. */
  get remembersLong(): boolean {
    return this.dialect.remembersLong;
  }

  /** Agrees on an API version, again at each call: the engine may have been upgraded. Answers `GET /version`. */
  async negotiate(timeoutMs: number): Promise<JsonObject> {
    const answer = await this.connection.read({
      operation: 'engine.connect',
      method: 'GET',
      path: '/version',
      timeoutMs,
    });
    this.throwIfRefused(answer, { operation: 'engine.connect' });
    const version = parseJson(answer.text);
    const newest = isObject(version) ? textAt(version, 'ApiVersion') : null;
    if (!isObject(version) || newest === null || !isApiVersion(newest)) {
      throw senseless(this.engine, 'engine.connect', answer.text, false);
    }
    this.agreed = this.agree(newest, textAt(version, 'MinAPIVersion') ?? newest);
    this.dialect = isPodman(version) ? PODMAN : DOCKER;
    this.forgetNetworks();
    return this.dialect.version(version);
  }

  /** What is spoken with the engine; agreed on now where nobody has yet. */
  async target(timeoutMs: number): Promise<Target> {
    if (this.agreed === undefined) await this.negotiate(timeoutMs);
    return { engine: this.engine, apiVersion: this.agreed ?? OLDEST_API_VERSION };
  }

  async readObject(ask: Read, isExpected: (value: unknown) => value is JsonObject): Promise<JsonObject> {
    const text = await this.read(ask);
    const json = parseJson(quoteLargeCounts(text));
    if (!isExpected(json)) throw senseless(this.engine, ask.operation, text, false);
    const [told = json] = await this.inDockersWords([json], ask);
    return told;
  }

  /** What is to be sent back but for some of it. Docker's own words only: no other engine has anything of the kind. */
  async readExactly(ask: Read, isExpected: (value: unknown) => value is JsonObject): Promise<JsonObject> {
    const text = await this.read(ask);
    const json = parseExactly(text);
    if (!isExpected(json)) throw senseless(this.engine, ask.operation, text, false);
    return json;
  }

  async readList(ask: Read, isExpected = isIdentified): Promise<readonly JsonObject[]> {
    const text = await this.read(ask);
    const json = parseJson(text);
    if (!Array.isArray(json) || !json.every(isExpected)) {
      throw senseless(this.engine, ask.operation, text, false);
    }
    return this.inDockersWords(json, ask);
  }

  async command(ask: Ask): Promise<EngineAnswer> {
    const told = await this.versioned(ask);
    try {
      const answer = await this.connection.command(told);
      const refusal = this.refusalOf(answer, ask);
      if (refusal === undefined) return answer;
      await this.putRight(ask, refusal);
      throw refusal;
    } finally {
      this.forgetNetworks();
    }
  }

  /** Something has happened on the engine, so that names may mean other networks now. */
  forgetNetworks(): void {
    this.lookups.forget();
  }

  /** The answer's head has arrived and is no refusal; its body is still to come. */
  async stream(ask: Ask): Promise<IncomingMessage> {
    const response = await this.connection.open(await this.versioned(ask));
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const text = await readBody(response, AbortSignal.timeout(ask.timeoutMs), REFUSAL_BYTES).catch(String);
    this.throwIfRefused({ status, headers: response.headers, text }, ask);
    throw senseless(this.engine, ask.operation, text, false);
  }

  /** Answers the engine's time. */
  async ping(timeoutMs: number): Promise<Date | null> {
    const operation = 'engine.ping';
    const answer = await this.connection.read({ operation, method: 'GET', path: '/_ping', timeoutMs });
    this.throwIfRefused(answer, { operation });
    if (answer.text.trim() !== 'OK') throw senseless(this.engine, operation, answer.text, false);
    const time = new Date(answer.headers.date ?? NaN);
    return Number.isNaN(time.getTime()) ? null : time;
  }

  /**
   * The path of one object. An id that an engine would clean out of a path (`a/../b`) is no id of its objects, and
   * must not reach it as another path.
   */
  path(kind: keyof typeof ABSENT, id: string, ...rest: string[]): string {
    // Half a character cannot be written into a path at all.
    if (!id.isWellFormed() || id.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new DomainError(ABSENT[kind], `Engine ${this.engine} has nothing named "${id}".`, { engine: this.engine });
    }
    return ['', kind, encodeURIComponent(id), ...rest].join('/');
  }

  private async read(ask: Read): Promise<string> {
    const answer = await this.connection.read(await this.versioned({ ...ask, method: 'GET' }));
    this.throwIfRefused(answer, ask);
    return answer.text;
  }

  private async versioned<T extends EngineRequest>(ask: T): Promise<T> {
    const { apiVersion } = await this.target(ask.timeoutMs);
    const said = await this.dialect.requests[ask.operation]?.(ask, this.speaker(ask.timeoutMs));
    return { ...ask, ...said, path: `/v${apiVersion}${ask.path}` };
  }

  /** The remedy's own answer says nothing: an engine may refuse it and have done it. */
  private async putRight(refused: Ask, { code }: DomainError): Promise<void> {
    const remedy = this.dialect.remedies[refused.operation]?.(refused, code);
    if (remedy !== undefined) await this.connection.command(await this.versioned(remedy));
  }

  private async inDockersWords(json: readonly JsonObject[], ask: Read): Promise<readonly JsonObject[]> {
    const translate = this.dialect.answers[ask.operation];
    if (translate === undefined) return json;
    const speaker = this.speaker(ask.timeoutMs);
    return Promise.all(json.map(async (object) => translate(object, speaker)));
  }

  private speaker(timeoutMs: number): Speaker {
    return { engine: this.engine, findNetwork: (name) => this.lookups.find(name, timeoutMs) };
  }

  private async findNetwork(name: string, timeoutMs: number): Promise<JsonObject | undefined> {
    const operation = 'network.inspect';
    const find = () => this.read({ operation, path: this.path('networks', name), subject: name, timeoutMs });
    const network = parseJson((await orUndefined('NETWORK_NOT_FOUND', find)) ?? '');
    return isIdentified(network) ? network : undefined;
  }

  private throwIfRefused(answer: EngineAnswer, ask: Pick<Ask, 'operation' | 'subject'>): void {
    const refusal = this.refusalOf(answer, ask);
    if (refusal !== undefined) throw refusal;
  }

  /** A redirect or another 1xx or 3xx is an answer that no engine gives, but for "it is so already". */
  private refusalOf(answer: EngineAnswer, { operation, subject }: Pick<Ask, 'operation' | 'subject'>): DomainError | undefined {
    const { status } = answer;
    if ((status >= 200 && status < 300) || status === 304) return undefined;
    return toDomainError({ engine: this.engine, operation, subject, status, message: engineWords(answer) });
  }

  private agree(newest: string, oldest: string): string {
    const spoken = compareApiVersions(newest, NEWEST_API_VERSION) < 0 ? newest : NEWEST_API_VERSION;
    const tooOld = compareApiVersions(newest, OLDEST_API_VERSION) < 0;
    if (!tooOld && compareApiVersions(oldest, spoken) <= 0) return spoken;
    throw new DomainError(
      'UNSUPPORTED_BY_ENGINE',
      `Engine ${this.engine} speaks the Engine API ${oldest} to ${newest}; ` +
        `this service speaks ${OLDEST_API_VERSION} to ${NEWEST_API_VERSION}. ` +
        `Upgrade the ${tooOld ? 'engine' : 'service'}.`,
      {
        engine: this.engine,
        requiredApiVersion: tooOld ? OLDEST_API_VERSION : oldest,
        engineApiVersion: newest,
      },
    );
  }
}

export async function orUndefined<T>(absent: ErrorCode, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof DomainError && error.code === absent) return undefined;
    throw error;
  }
}
