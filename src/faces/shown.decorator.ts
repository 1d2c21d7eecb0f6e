import { applyDecorators } from '@nestjs/common';
import { Field } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { graphqlType, openApiProperty, type Example, type FieldKind } from './field-kind.js';
import { KeyValue } from './key-value.js';

export interface ShownOptions {
  /** What it is, its unit or format, and what null means where it may be null. */
  readonly description: string;
  /** Text where absent. */
  readonly type?: FieldKind;
  readonly list?: boolean;
  readonly nullable?: boolean;
  readonly example?: Example;
  /** Why it should no longer be used. */
  readonly deprecated?: string;
}

/** A field of an answer, in both faces. Always present; null only where `nullable`. */
export function Shown(options: ShownOptions): PropertyDecorator {
  const { type = 'string', list = false, nullable = false, description, example, deprecated } = options;
  const field = { description, nullable, ...(deprecated ? { deprecationReason: deprecated } : {}) };
  const typeFn = list ? () => [graphqlType(type)] as [never] : () => graphqlType(type);
  const shown = {
    description,
    list,
    nullable,
    example,
    required: true,
    deprecated: deprecated !== undefined,
  };
  const property = openApiProperty(type, shown);
  return applyDecorators(Field(typeFn, field), ApiProperty(property));
}

/** A field of REST answers only, where GraphQL has a field of that name that leads to the object itself. */
export function ShownInRest(options: ShownOptions): PropertyDecorator {
  const { type = 'string', deprecated, ...rest } = options;
  return ApiProperty(
    openApiProperty(type, { ...rest, required: true, deprecated: deprecated !== undefined }),
  );
}

/** A map in an answer: an object in REST, a list of `{key, value}` sorted by key in GraphQL. */
export function ShownMap(options: {
  readonly description: string;
  readonly example?: object;
}): PropertyDecorator {
  const { description, example } = options;
  return applyDecorators(
    Field(() => [KeyValue], { description }),
    ApiProperty({
      type: 'object',
      additionalProperties: { type: 'string' },
      description,
      selfRequired: true,
      ...(example === undefined ? {} : { example }),
    }),
  );
}
