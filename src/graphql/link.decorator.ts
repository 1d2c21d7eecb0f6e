import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ResolveField, type ResolveFieldOptions, type ReturnTypeFunc } from '@nestjs/graphql';

/** Metadata of a method: the GraphQL type that the link leads from. */
export const LINK_FROM = 'fairlead:link-from';

/**
 * A field that leads from a resource to others, found in memory by the resource alone. Its method takes the parent and
 * nothing else, and answers at once.
 */
export function Link(from: string, type: ReturnTypeFunc, options: ResolveFieldOptions): MethodDecorator {
  return applyDecorators(ResolveField(type, options), SetMetadata(LINK_FROM, from));
}
