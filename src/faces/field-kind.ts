import type { Type } from '@nestjs/common';
import { Float, ID, Int, type ReturnTypeFuncValue } from '@nestjs/graphql';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { DateTimeScalar } from './date-time.scalar.js';
import type { DescribedEnum } from './described-enum.js';

export type Primitive = 'string' | 'id' | 'integer' | 'number' | 'boolean' | 'datetime';

/** What a field holds: a primitive, one of a set of words, or another model (as a function: they may be circular). */
export type FieldKind = Primitive | DescribedEnum | (() => Type<unknown>);

export type Example = string | number | boolean | object | null;

const GRAPHQL_PRIMITIVES: Readonly<Record<Primitive, ReturnTypeFuncValue>> = {
  string: String,
  id: ID,
  integer: Int,
  number: Float,
  boolean: Boolean,
  datetime: DateTimeScalar,
};

const OPENAPI_PRIMITIVES: Readonly<Record<Primitive, ApiPropertyOptions>> = {
  string: { type: 'string' },
  id: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  datetime: { type: 'string', format: 'date-time' },
};

export function graphqlType(kind: FieldKind): ReturnTypeFuncValue {
  if (typeof kind === 'string') return GRAPHQL_PRIMITIVES[kind];
  return typeof kind === 'function' ? kind() : kind.graphql;
}

export interface OpenApiFieldOptions {
  readonly description: string;
  readonly list?: boolean;
  readonly nullable?: boolean;
  readonly required: boolean;
  readonly example?: Example;
  readonly deprecated?: boolean;
}

/** The OpenAPI side of one property. */
export function openApiProperty(kind: FieldKind, options: OpenApiFieldOptions): ApiPropertyOptions {
  const { description, list = false, nullable = false, required, example, deprecated } = options;
  const common = {
    description,
    required,
    ...(nullable ? { nullable } : {}),
    ...(example === undefined ? {} : { example }),
    ...(deprecated ? { deprecated } : {}),
  };
  if (typeof kind === 'function') return { ...common, type: kind, isArray: list };
  if (typeof kind === 'object') {
    const named = {
      enum: [...kind.values],
      enumName: kind.name,
      enumSchema: { description: kind.description },
    };
    return { ...common, ...named, isArray: list };
  }
  if (!list) return { ...common, ...OPENAPI_PRIMITIVES[kind] } as ApiPropertyOptions;
  return { ...common, type: 'array', items: OPENAPI_PRIMITIVES[kind] } as ApiPropertyOptions;
}
