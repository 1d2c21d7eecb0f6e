import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';
import type { Outcome } from '../inventory/outcome.js';

/** What every mutation answers beside the resource. */
@ObjectType({ isAbstract: true })
export abstract class Payload {
  @Field(() => Boolean, { description: 'Whether anything was changed: not for a dry run, nor where all was so already.' })
  changed!: boolean;

  @Field(() => [String], { description: 'What to know although it was done.' })
  warnings!: readonly string[];
}

/** Declares `<name>`, a payload with one resource under its name. Call once per name. */
export function payloadType<K extends string, T>(
  name: string,
  key: K,
  model: Type<T>,
  description: string,
): Type<Payload & Record<K, T>> {
  @ObjectType(name, { description: 'What a mutation did.' })
  class ResourcePayload extends Payload {}
  Field(() => model, { description })(ResourcePayload.prototype, key);
  return ResourcePayload as unknown as Type<Payload & Record<K, T>>;
}

/** An outcome as a payload, with the resource under its name. */
export function payload<K extends string, T>(
  key: K,
  { resource, changed, warnings }: Outcome<T>,
): { changed: boolean; warnings: readonly string[] } & Record<K, T> {
  return { [key]: resource, changed, warnings } as { changed: boolean; warnings: readonly string[] } & Record<K, T>;
}
