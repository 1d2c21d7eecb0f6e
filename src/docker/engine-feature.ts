import { DomainError } from '../errors/domain.error.js';
import { isAtLeast } from './api-version.js';

/** The engine that a request is meant for: what it cannot do is refused, never dropped. */
export interface Target {
  readonly engine: string;
  readonly apiVersion: string;
}

/** Fails with `UNSUPPORTED_BY_ENGINE` where the engine is older than a feature. */
export function requireApi(target: Target, requiredApiVersion: string, feature: string): void {
  if (isAtLeast(target.apiVersion, requiredApiVersion)) return;
  throw new DomainError(
    'UNSUPPORTED_BY_ENGINE',
    `${feature} needs Engine API ${requiredApiVersion}; engine ${target.engine} speaks ${target.apiVersion}.`,
    { engine: target.engine, requiredApiVersion, engineApiVersion: target.apiVersion },
  );
}
