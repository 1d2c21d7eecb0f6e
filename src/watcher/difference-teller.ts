import type { Container, ContainerState } from '../resources/container.js';
import type { EventType } from '../events/event.js';
import type { Narration } from './narration.js';
import { tellSight, tellSightLost } from './swarm-sight.js';
import { previousOf, previousShownOf, toldAttachment, toldContainer, type ToldContainer } from './told.js';

export type SubjectKey = `${'network' | 'container' | 'attachment'}:${string}`;

const ALIVE: readonly ContainerState[] = ['running', 'paused'];

/** What a container must have gone through between two states: runs that ended, a run that began, a pause. */
function runsBetween(before: ToldContainer, after: Container): EventType[] {
  const lived = ALIVE.includes(before.state);
  const lives = ALIVE.includes(after.state);
  const ranSince = after.startedAt !== null && before.view?.startedAt !== after.startedAt;
  if (lived && lives) return ranSince ? ['container.restarted'] : [];
  if (lived) return ['container.exited'];
  if (lives) return ['container.started'];
  return ranSince ? ['container.started', 'container.exited'] : [];
}

/** The steps that must have lain between two states of a container. */
function stepsBetween(before: ToldContainer, after: Container): EventType[] {
  const runs = runsBetween(before, after);
  const sameRun = runs.length === 0;
  const steps: readonly (readonly [EventType, boolean])[] = [
    ['container.unpaused', sameRun && before.state === 'paused' && after.state === 'running'],
    ['container.paused', after.state === 'paused' && (before.state !== 'paused' || !sameRun)],
    ['container.health-changed', before.health !== after.health],
  ];
  const renamed: EventType[] = before.name === after.name ? [] : ['container.renamed'];
  return [...renamed, ...runs, ...steps.filter(([, happened]) => happened).map(([step]) => step)];
}

function tellContainer(narration: Narration, id: string): void {
  const before = narration.told.containers.get(id);
  const after = narration.now.containerById.get(id);
  if (after === undefined) {
    if (before === undefined) return;
    narration.container('container.removed', id, before);
    narration.told.containers.delete(id);
    return;
  }
  if (before === undefined) {
    narration.container('container.created', id, { name: after.name, view: after });
    // It was created before anything else befell it.
    const unborn = { ...toldContainer({ ...after, startedAt: null }), state: 'created', health: null } as const;
    for (const step of stepsBetween(unborn, after)) narration.container(step, id, toldContainer(after));
  } else {
    const previous = previousShownOf.container(before, after);
    if (previous === null && before.view !== null) return;
    const steps = stepsBetween(before, after);
    for (const step of steps.length > 0 ? steps : (['container.updated'] as const)) {
      narration.container(step, id, before, previous);
    }
  }
  narration.told.containers.set(id, toldContainer(after));
}

function tellNetwork(narration: Narration, id: string): void {
  const before = narration.told.networks.get(id);
  const after = narration.now.networkById.get(id);
  if (after === undefined) {
    if (before === undefined) return;
    tellSightLost(narration, id, before);
    return;
  }
  const known = { name: after.name, view: after };
  const previous = before === undefined ? null : previousOf.network(before.view, after);
  if (before === undefined) return tellSight(narration, id, known);
  if (previous !== null || before.view === null) narration.network('network.updated', id, known, previous);
  narration.told.networks.set(id, known);
}

function tellAttachment(narration: Narration, id: string): void {
  const before = narration.told.attachments.get(id);
  const after = narration.now.attachmentById.get(id);
  if (after === undefined) {
    if (before === undefined) return;
    if (before.active) narration.attachment('attachment.deactivated', id, before);
    narration.attachment('attachment.removed', id, before);
    narration.told.attachments.delete(id);
    return;
  }
  const known = toldAttachment(after);
  if (before === undefined) {
    narration.attachment('attachment.created', id, known);
    if (after.active) narration.attachment('attachment.activated', id, known);
  } else {
    const previous = previousShownOf.attachment(before, after);
    if (before.active && !after.active) narration.attachment('attachment.deactivated', id, known, previous);
    else if (!before.active && after.active) narration.attachment('attachment.activated', id, known, previous);
    else if (previous !== null || before.view === null) narration.attachment('attachment.updated', id, known, previous);
  }
  narration.told.attachments.set(id, known);
}

/** Tells how one subject differs from what was told of it, and takes it as told. */
export function tellDifference(narration: Narration, subject: SubjectKey): void {
  const separator = subject.indexOf(':');
  const id = subject.slice(separator + 1);
  const kind = subject.slice(0, separator);
  if (kind === 'network') tellNetwork(narration, id);
  else if (kind === 'container') tellContainer(narration, id);
  else tellAttachment(narration, id);
}

/**
 * Everything in which the picture differs from what was told, in an order that reads well: what appears before what
 * stands on it, what disappears after it.
 */
export function differingSubjects({ told, now }: Pick<Narration, 'told' | 'now'>): SubjectKey[] {
  const networks = [...new Set([...told.networks.keys(), ...now.networkById.keys()])];
  const containers = [...new Set([...told.containers.keys(), ...now.containerById.keys()])];
  const attachments = [...new Set([...told.attachments.keys(), ...now.attachmentById.keys()])];
  const gone = (subject: SubjectKey): boolean =>
    subject.startsWith('network:') ? !now.networkById.has(subject.slice(8)) : !now.containerById.has(subject.slice(10));
  const owners: SubjectKey[] = [
    ...networks.map((id) => `network:${id}` as const),
    ...containers.map((id) => `container:${id}` as const),
  ];
  return [
    ...owners.filter((subject) => !gone(subject)),
    ...attachments.map((id) => `attachment:${id}` as const),
    ...owners.filter(gone),
  ].filter((subject) => differs({ told, now }, subject));
}

/** Whether there is anything to tell of a subject. */
export function differs({ told, now }: Pick<Narration, 'told' | 'now'>, subject: SubjectKey): boolean {
  const separator = subject.indexOf(':');
  const id = subject.slice(separator + 1);
  if (subject.startsWith('network:')) {
    const before = told.networks.get(id);
    const after = now.networkById.get(id);
    if (before === undefined || after === undefined) return before !== after;
    return before.view === null || previousOf.network(before.view, after) !== null;
  }
  if (subject.startsWith('container:')) {
    const before = told.containers.get(id);
    const after = now.containerById.get(id);
    if (before === undefined || after === undefined) return before !== after;
    return before.view === null || previousShownOf.container(before, after) !== null;
  }
  const before = told.attachments.get(id);
  const after = now.attachmentById.get(id);
  if (before === undefined || after === undefined) return before !== after;
  return before.view === null || previousShownOf.attachment(before, after) !== null;
}
