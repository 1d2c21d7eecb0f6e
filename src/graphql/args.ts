import { Args } from '@nestjs/graphql';

/** Taken by every mutation: see `finishSchema`. */
export const IDEMPOTENCY_KEY_ARGUMENT = 'idempotencyKey';

/** Arguments that many operations share, each with the same name, default and meaning. */
export const NetworkRef = () => Args('ref', { type: () => String, description: 'Id, name or unique id prefix of the network.' });

export const ContainerRef = () =>
  Args('ref', { type: () => String, description: 'Id, name or unique id prefix of the container.' });

export const EngineArg = () =>
  Args('engine', {
    type: () => String,
    nullable: true,
    description: 'Engine on which the reference is to be found; all of them where absent.',
  });

export const DryRun = () =>
  Args('dryRun', {
    type: () => Boolean,
    defaultValue: false,
    description: 'Check everything that can be checked, change nothing, answer with what would be.',
  });

export const IfMatch = () =>
  Args('ifMatch', {
    type: () => String,
    nullable: true,
    description: 'The `etag` that the resource must still have; PRECONDITION_FAILED otherwise.',
  });

export const Flag = (name: string, description: string) =>
  Args(name, { type: () => Boolean, defaultValue: false, description });
