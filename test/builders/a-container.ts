import { BUSYBOX_IMAGE } from '../support/private-engine.js';

let made = 0;

export interface ContainerInput {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Ends at once when told to: a shell as first process ignores SIGTERM unless it traps it. */
export const IDLE = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done'];

/** Input of a container with a name of its own that runs until it is stopped. */
export function aContainer(changes: Readonly<Record<string, unknown>> = {}): ContainerInput {
  made += 1;
  return { name: `box-${made}`, image: BUSYBOX_IMAGE, command: IDLE, ...changes };
}
