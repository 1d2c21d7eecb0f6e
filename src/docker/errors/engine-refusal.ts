import type { ErrorCode } from '../../errors/error-codes.js';
import type { ErrorExtras } from '../../errors/domain.error.js';

/** What was asked of the engine: the same words of an engine mean different things in different operations. */
export const ENGINE_OPERATIONS = {
  'engine.connect': 'asking what the engine is',
  'engine.ping': 'asking whether the engine is there',
  'events.open': 'subscribing to its events',
  'events.remembered': 'asking what events it remembers',
  'network.list': 'listing networks',
  'network.inspect': 'inspecting a network',
  'network.create': 'creating a network',
  'network.remove': 'removing a network',
  'network.prune': 'pruning networks',
  attach: 'attaching a container',
  detach: 'detaching a container',
  'container.list': 'listing containers',
  'container.inspect': 'inspecting a container',
  'container.create': 'creating a container',
  'container.start': 'starting a container',
  'container.stop': 'stopping a container',
  'container.restart': 'restarting a container',
  'container.pause': 'pausing a container',
  'container.unpause': 'unpausing a container',
  'container.remove': 'removing a container',
  'image.inspect': 'looking for an image',
  'image.pull': 'pulling an image',
  'service.create': 'creating a service',
  'service.update': 'updating a service',
  'service.remove': 'removing a service',
  'swarm.inspect': 'asking what its swarm is',
  'swarm.init': 'making a swarm',
  'swarm.join': 'joining a swarm',
  'swarm.leave': 'leaving its swarm',
  'node.update': 'changing a node',
  'node.remove': 'removing a node',
} as const satisfies Record<string, string>;

export type EngineOperation = keyof typeof ENGINE_OPERATIONS;

/** A refusal as the engine worded it. */
export interface EngineRefusal {
  readonly engine: string;
  readonly operation: EngineOperation;
  readonly status: number;
  readonly message: string;
  /** The object that the request was about, as it was named in the request. */
  readonly subject?: string;
}

/** One line of the table: words that tell what happened, and what that is in our vocabulary. */
export interface RefusalRule {
  readonly pattern: RegExp;
  /** Only in these operations; absent means in any. */
  readonly operations?: readonly EngineOperation[];
  /** What the pattern alone cannot tell. */
  readonly when?: (refusal: EngineRefusal, match: RegExpExecArray) => boolean;
  readonly code: ErrorCode;
  /** A sentence of ours; `$1` stands for what the pattern caught. */
  readonly detail: string;
  /** The input's field that is at fault. */
  readonly field?: string;
  readonly extras?: ErrorExtras;
}
