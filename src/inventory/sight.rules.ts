import { DomainError } from '../errors/domain.error.js';
import { currentSight } from '../sight/current-sight.js';
import type { SwarmView } from './swarm.view.js';

/** By these swarms tell whose a task is, and Fairlead what it has made for itself. */
const GIVEN_TO_NOBODY = ['com.docker.swarm.', 'fairlead.'];

/** What somebody makes or changes must stay in sight (`FORBIDDEN`), and not be taken for what it is not (`VALIDATION_FAILED`). */
export function requireOwnLabels(labels: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(labels)) {
    if (!GIVEN_TO_NOBODY.some((prefix) => key.startsWith(prefix))) continue;
    const message = `hold "${key}", which engines or Fairlead give`;
    throw DomainError.invalid(`The labels ${message}.`, { field: 'labels', message });
  }
  const sight = currentSight();
  if (sight.seesLabels(labels)) return;
  throw new DomainError('FORBIDDEN', `The key is narrowed to what is labelled ${sight.selector?.text}: give labels that match.`);
}

/** For what touches everything on an engine, whatever its labels. Fails with `FORBIDDEN`. */
export function requireEveryLabel(what: string): void {
  const { selector } = currentSight();
  if (selector !== null) throw new DomainError('FORBIDDEN', `The key is narrowed to what is labelled ${selector.text}; ${what} touches more.`);
}

/** For what the service is told to look after by this name. Fails with `FORBIDDEN`. */
export function requireEngineInSight(name: string): void {
  const sight = currentSight();
  if (!sight.seesEngine(name)) throw new DomainError('FORBIDDEN', `The key is narrowed to engine ${sight.engines.join(', ')}.`);
}

/** For what can come to be on any engine of a swarm. Fails with `FORBIDDEN`. */
export function requireWholeSwarm({ group, nodes }: SwarmView): void {
  const sight = currentSight();
  const isWhole = sight.engines.length === 0 || (group.engines.every((name) => sight.seesEngine(name)) && nodes.every(({ engine }) => engine !== null));
  if (!isWhole) throw new DomainError('FORBIDDEN', 'The key is narrowed to engines, and the swarm has others.');
}
