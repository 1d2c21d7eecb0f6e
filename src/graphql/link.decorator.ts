import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ResolveField, type ResolveFieldOptions, type ReturnTypeFunc } from '@nestjs/graphql';
import type { Scope } from '../auth/scopes.js';

/** Metadata of a method: what it leads from, and what for. */
export const LINK = 'fairlead:link';

/** What a link asks of its caller: the scope of what it leads to; nothing where that is of the resource itself. */
export type Wanted = Scope | 'own';

export interface LinkEnds {
  /** The GraphQL type that it leads from. */
  readonly from: string;
  readonly wants: Wanted;
}

/**
 * A field that leads from a resource to others. Nest asks guards at the roots only: what a link leads to is kept by the
 * scope that it wants, whatever root it was reached from. A method that takes the parent alone is called directly.
 */
export function Link(from: string, wants: Wanted, type: ReturnTypeFunc, options: ResolveFieldOptions): MethodDecorator {
  return applyDecorators(ResolveField(type, options), SetMetadata(LINK, { from, wants } satisfies LinkEnds));
}
