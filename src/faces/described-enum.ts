import { registerEnumType } from '@nestjs/graphql';

/** A closed set of words, the same in REST and GraphQL. */
export interface DescribedEnum<T extends string = string> {
  readonly name: string;
  readonly description: string;
  readonly values: readonly T[];
  /** What GraphQL knows it by. */
  readonly graphql: Readonly<Record<T, T>>;
}

/** Declares a set of words for both faces, each with its meaning. */
export function describedEnum<T extends string>(
  name: string,
  description: string,
  meanings: Readonly<Record<T, string>>,
): DescribedEnum<T> {
  const values = Object.keys(meanings) as T[];
  const graphql = Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>;
  const valuesMap = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }]));
  registerEnumType(graphql, {
    name,
    description,
    valuesMap: valuesMap as Record<T, { description: string }>,
  });
  return { name, description, values, graphql };
}
