import { PROXY_WORDS } from '../allowed/socket-proxy.js';
import type { EngineOperation, RefusalRule } from './engine-refusal.js';

/** Asking for something changes nothing, however it ends. */
const READS: readonly EngineOperation[] = [
  ...(['engine.connect', 'engine.ping', 'events.open', 'events.remembered', 'network.list', 'network.inspect'] as const),
  ...(['container.list', 'container.inspect', 'image.inspect', 'swarm.inspect'] as const),
];

/** Refusals of a request as such, and of what swarm services ask: engine-facts 1.1, 3.1 (39-40), 3.3 (88, 90). */
export const REQUEST_REFUSALS: readonly RefusalRule[] = [
  {
    pattern: new RegExp(PROXY_WORDS.unreached),
    code: 'ENGINE_UNREACHABLE',
    detail: 'The socket proxy does not reach the engine.',
  },
  {
    pattern: new RegExp(PROXY_WORDS.brokenOff),
    operations: READS,
    code: 'ENGINE_UNREACHABLE',
    detail: 'The socket proxy had no answer of the engine.',
  },
  {
    pattern: new RegExp(PROXY_WORDS.brokenOff),
    code: 'ENGINE_UNREACHABLE',
    detail: 'The socket proxy had no answer of the engine.',
    extras: { outcome: 'unknown' },
  },
  {
    pattern: /client version (\S+) is too (?:new|old)/i,
    code: 'UNSUPPORTED_BY_ENGINE',
    detail: 'The engine does not speak API version $1 (any more).',
  },
  {
    pattern: /client sent an http request to an https server/i,
    code: 'ENGINE_UNREACHABLE',
    detail: 'The engine speaks TLS only: give what it is reached with over TLS (tls).',
  },
  // 39
  {
    pattern: /json: cannot unmarshal/i,
    code: 'VALIDATION_FAILED',
    detail: 'A value is of a type that the engine does not take there.',
  },
  // 40
  {
    pattern: /got EOF while reading request body|must be 'application\/json'|unsupported content-type header/i,
    code: 'MALFORMED_REQUEST',
    detail: 'The engine cannot read the request.',
  },
  // 88
  {
    pattern: /invalid filter/i,
    code: 'VALIDATION_FAILED',
    detail: 'The engine does not know the filter.',
  },
  // 40, 88
  {
    pattern: /^invalid character .+ (?:looking for|after|in )/i,
    code: 'MALFORMED_REQUEST',
    detail: 'The engine cannot read the request.',
  },
  // 90
  {
    pattern: /update out of sequence/i,
    code: 'PRECONDITION_FAILED',
    detail: 'The service has changed meanwhile. Look at it again.',
  },
];
