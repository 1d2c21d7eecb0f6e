import type { ErrorCode } from '../errors/error-codes.js';
import type { EngineRequest } from './transport/engine-connection.js';
import type { JsonObject } from './engine-json.js';
import type { EngineOperation } from './errors/engine-refusal.js';

/** What a request says beside where it goes. */
export type Said = Pick<EngineRequest, 'query' | 'body'>;

/** The engine that is spoken with, for what an answer or a request does not hold itself. */
export interface Speaker {
  readonly engine: string;
  /** The network that the engine knows by this name. */
  readonly findNetwork: (name: string) => Promise<JsonObject | undefined>;
}

type Translation<T> = (said: T, speaker: Speaker) => T | Promise<T>;

/** How another program that serves Docker's API differs from Docker in it. What is not named here is the same. */
export interface EngineDialect {
  /** It remembers events without a bound that is worth speaking of, and not the last 256. */
  readonly remembersLong: boolean;
  /** Its `GET /version`. */
  version(said: JsonObject): JsonObject;
  /** Its answers, each object of a list by itself, as Docker would have written them. */
  readonly answers: Partial<Record<EngineOperation, Translation<JsonObject>>>;
  /** Requests as it takes them; fails with `UNSUPPORTED_BY_ENGINE` for what it would drop without a word. */
  readonly requests: Partial<Record<EngineOperation, Translation<Said>>>;
  /** Commands that put right what a refused one has left behind; undefined where it has left nothing. */
  readonly remedies: Partial<Record<EngineOperation, (refused: EngineRequest, code: ErrorCode) => EngineRequest | undefined>>;
}

export const DOCKER: EngineDialect = { remembersLong: false, version: (said) => said, answers: {}, requests: {}, remedies: {} };
