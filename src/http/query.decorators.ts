import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

export interface QueryOptions {
  readonly description: string;
  readonly example?: string | number | boolean | readonly string[];
}

const LONGEST_TEXT = 1024;

/** A query parameter of text; given twice it is refused. */
export function TextQuery(options: QueryOptions & { readonly maxLength?: number }): PropertyDecorator {
  const { maxLength = LONGEST_TEXT, ...shown } = options;
  return applyDecorators(
    documented({ type: 'string' }, shown),
    IsOptional(),
    IsString(),
    MaxLength(maxLength),
  );
}

/** A query parameter that is one of a set of words. */
export function ChoiceQuery(
  options: QueryOptions & { readonly values: readonly string[] },
): PropertyDecorator {
  const { values, ...shown } = options;
  return applyDecorators(
    documented({ type: 'string', enum: [...values] }, shown),
    IsOptional(),
    IsIn(values),
  );
}

/** A query parameter that is `true` or `false`. */
export function FlagQuery(options: QueryOptions): PropertyDecorator {
  return applyDecorators(
    documented({ type: 'boolean' }, options),
    Transform(({ value }: { value: unknown }) =>
      value === 'true' ? true : value === 'false' ? false : value,
    ),
    IsOptional(),
    IsBoolean({ message: '$property must be true or false' }),
  );
}

/** A whole number within bounds as a query parameter. */
export function IntegerQuery(
  options: QueryOptions & { readonly min: number; readonly max: number; readonly default?: number },
): PropertyDecorator {
  const { min, max, default: fallback, ...shown } = options;
  const bounds = { type: 'integer', minimum: min, maximum: max } as const;
  return applyDecorators(
    documented(fallback === undefined ? bounds : { ...bounds, default: fallback }, shown),
    Transform(({ value }: { value: unknown }) => asInteger(value)),
    IsOptional(),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** A query parameter that may be given several times. */
export function ListQuery(
  options: QueryOptions & { readonly values?: readonly string[] },
): PropertyDecorator {
  const { values, ...shown } = options;
  const items = values === undefined ? { type: 'string' } : { type: 'string', enum: [...values] };
  return applyDecorators(
    documented({ type: 'array', items }, shown),
    Transform(({ value }: { value: unknown }) => (value === undefined ? undefined : [value].flat())),
    IsOptional(),
    IsArray(),
    ArrayMaxSize(100),
    IsString({ each: true }),
    MaxLength(LONGEST_TEXT, { each: true }),
    ...(values === undefined ? [] : [IsIn(values, { each: true })]),
  );
}

function documented(schema: object, { description, example }: QueryOptions): PropertyDecorator {
  const extra = example === undefined ? {} : { example };
  return ApiProperty({ ...schema, description, required: false, ...extra });
}

function asInteger(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
}
