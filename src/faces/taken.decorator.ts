import { applyDecorators } from '@nestjs/common';
import { Field, type FieldOptions } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type, type TransformFnParams } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsRFC3339,
  IsString,
  MaxLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { graphqlType, openApiProperty, type Example, type FieldKind, type Primitive } from './field-kind.js';
import { KeyValueInput } from './key-value.js';
import { fromKeyValues, stringMapProblem } from './string-map.js';

/** Set on class-transformer's `groups` when an input comes from GraphQL, where maps are lists. */
export const GRAPHQL_INPUT = 'graphql';

const LONGEST_TEXT = 4096;
const LONGEST_LIST = 1000;

export interface TakenOptions {
  /** What it is, its format, and what its absence means. */
  readonly description: string;
  /** Text where absent. */
  readonly type?: FieldKind;
  readonly list?: boolean;
  /** Most characters of a text, where it is not the usual number. */
  readonly longest?: number;
  /** May be left out; null then counts as left out. */
  readonly optional?: boolean;
  /** May be left out, and null is kept: on an update absent keeps and null clears. */
  readonly clearable?: boolean;
  readonly example?: Example;
  /** What an absent value amounts to, where that is fixed. */
  readonly default?: Example;
}

/** A field of an input, in both faces. Stack further class-validator rules on it as needed. */
export function Taken(options: TakenOptions): PropertyDecorator {
  const { type = 'string', list = false, clearable = false, description } = options;
  const optional = options.optional === true || clearable;
  const typeFn = list ? () => [graphqlType(type)] as [never] : () => graphqlType(type);
  const property = openApiProperty(type, { ...options, required: !optional, nullable: clearable });
  return applyDecorators(
    Field(typeFn, { description, nullable: optional, ...graphqlDefault(options) } as FieldOptions),
    ApiProperty({ ...property, ...defaultOf(options) }),
    ...presence(optional, clearable),
    ...(list ? [IsArray(), ArrayMaxSize(LONGEST_LIST)] : []),
    ...rulesFor(type, list, options.longest),
  );
}

/** A map in an input: an object in REST, a list of `{key, value}` in GraphQL. */
export function TakenMap(options: Omit<TakenOptions, 'type' | 'list'>): PropertyDecorator {
  const { description, example, clearable = false } = options;
  const optional = options.optional === true || clearable;
  return applyDecorators(
    Field(() => [KeyValueInput], { description, nullable: optional }),
    ApiProperty({
      type: 'object',
      additionalProperties: { type: 'string' },
      description,
      selfRequired: !optional,
      ...(clearable ? { nullable: true } : {}),
      ...(example === undefined ? {} : { example: example as object }),
      ...defaultOf(options),
    }),
    // The raw value: class-transformer's own copy loses keys that every object inherits, as `toString`.
    Transform(({ obj, key, options: { groups } }: TransformFnParams) => {
      const raw = (obj as Record<string, unknown>)[key];
      if (raw === null) return clearable ? null : undefined;
      return groups?.includes(GRAPHQL_INPUT) && Array.isArray(raw) ? fromKeyValues(raw) : raw;
    }),
    ...(optional ? [IsOptional()] : []),
    IsStringMap(),
  );
}

/** Lists and maps have none in GraphQL: what is left out stays left out. */
function graphqlDefault({ default: value }: Pick<TakenOptions, 'default'>): { defaultValue?: Example } {
  return typeof value === 'object' || value === undefined ? {} : { defaultValue: value };
}

function defaultOf(options: Pick<TakenOptions, 'default'>): { default?: Example } {
  return options.default === undefined ? {} : { default: options.default };
}

function presence(optional: boolean, clearable: boolean): PropertyDecorator[] {
  if (!optional) return [];
  if (clearable) return [IsOptional()];
  return [IsOptional(), Transform(({ value }: { value: unknown }) => (value === null ? undefined : value))];
}

function rulesFor(type: FieldKind, each: boolean, longest?: number): PropertyDecorator[] {
  if (typeof type === 'string') return primitiveRules(type, each, longest);
  if (typeof type === 'object') return [IsIn(type.values, { each })];
  return [IsObject({ each }), ValidateNested({ each }), Type(type)];
}

function primitiveRules(type: Primitive, each: boolean, longest = LONGEST_TEXT): PropertyDecorator[] {
  switch (type) {
    case 'string':
    case 'id':
      return [IsString({ each }), MaxLength(longest, { each })];
    case 'integer':
      return [IsInt({ each })];
    case 'number':
      return [IsNumber({ allowNaN: false, allowInfinity: false }, { each })];
    case 'boolean':
      return [IsBoolean({ each })];
    case 'datetime':
      return [IsRFC3339({ each })];
  }
}

function IsStringMap(): PropertyDecorator {
  return ValidateBy({
    name: 'isStringMap',
    validator: {
      validate: (value) => stringMapProblem(value) === undefined,
      defaultMessage: (args) => `${args?.property} ${stringMapProblem(args?.value)}`,
    },
  });
}
