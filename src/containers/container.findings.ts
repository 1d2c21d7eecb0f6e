import type { Finding } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import { containerPointer } from '../inventory/references.js';
import type { Container, ContainerState } from '../resources/container.js';
import type { LifecycleVerb } from './container.lifecycle.js';

type Found = Finding<Outcome<Container>>;

interface Wanted {
  readonly engine: string;
  readonly name: string;
  readonly image: string;
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  readonly start: boolean;
}

/** What became of a creation, by the container of its name that was not there before. */
export function creationFinding({ engine, name, image, networks, start }: Wanted, made: Container | undefined): Found {
  if (made === undefined) return undone(`Engine ${engine} has no container "${name}" that it could have made.`);
  if (made.image !== image) {
    return undone(`The container "${name}" of engine ${engine} is of another image; somebody else has made it.`);
  }
  const attached = new Set(made.attachments.map(({ networkId, broken }) => (broken === null ? networkId : null)));
  const missing = networks.filter(({ id }) => !attached.has(id));
  const isUnstarted = start && made.startedAt === null;
  if (missing.length === 0 && !isUnstarted) return done(made);
  const faults = [
    ...(missing.length === 0 ? [] : [`not attached to ${missing.map((network) => network.name).join(', ')}`]),
    ...(isUnstarted ? ['not started'] : []),
  ];
  return {
    is: 'undone',
    detail: `Container ${name} was created but ${faults.join(' and ')}. Finish it, or remove it.`,
    extras: { holder: containerPointer(made) },
  };
}

export function removalFinding(before: Container, now: Container | undefined): Found {
  if (now === undefined) return done(before);
  return undone(`Container ${before.name} is still there, ${now.state}.`);
}

/** What became of a step in a container's life, by its states before and now. */
export function changeFinding(verb: LifecycleVerb, before: Container, now: Container | undefined): Found {
  if (now === undefined) {
    // One that was to be removed when it ends.
    if (verb === 'stop') return done({ ...before, state: 'removing' });
    return { is: 'untold', detail: `Container ${before.name} is gone.` };
  }
  const sameRun = before.startedAt === now.startedAt;
  const told = TABLE[verb](before.state, now.state, sameRun);
  if (told === 'untold') return { is: 'untold', detail: `Container ${now.name} is ${now.state}.` };
  if (told === 'undone') return undone(`Container ${now.name} is ${now.state}, as if nothing had been done.`);
  return done(now, told === 'done');
}

type Told = 'done' | 'was so' | 'undone' | 'untold';

const ENDED: readonly ContainerState[] = ['created', 'exited', 'dead'];
const LIVES: readonly ContainerState[] = ['running', 'paused'];

/** `sameRun`: it has not been started in between. Where what was asked for stands, it is done, whoever did it. */
const TABLE: Readonly<Record<LifecycleVerb, (before: ContainerState, now: ContainerState, sameRun: boolean) => Told>> = {
  start: (before, now, sameRun) => {
    if (now === 'running') return sameRun ? 'was so' : 'done';
    if (sameRun) return 'undone';
    // It was started, and may have ended by itself since.
    return ENDED.includes(before) ? 'done' : 'untold';
  },
  stop: (before, now, sameRun) => {
    if (ENDED.includes(now)) return sameRun && ENDED.includes(before) ? 'was so' : 'done';
    return sameRun ? 'undone' : 'untold';
  },
  restart: (before, now, sameRun) => {
    if (!sameRun) return LIVES.includes(now) ? 'done' : 'untold';
    // It may have been ended, but not started again.
    return before === now ? 'undone' : 'untold';
  },
  pause: (before, now, sameRun) => {
    if (now === 'paused') return sameRun && before === 'paused' ? 'was so' : 'done';
    return sameRun && now === 'running' ? 'undone' : 'untold';
  },
  unpause: (before, now, sameRun) => {
    if (now === 'running') return before === 'paused' ? 'done' : 'was so';
    return sameRun && now === 'paused' ? 'undone' : 'untold';
  },
};

function done(resource: Container, changed = true): Found {
  return { is: 'done', answer: { resource, changed, warnings: [] } };
}

function undone(detail: string): Found {
  return { is: 'undone', detail };
}
