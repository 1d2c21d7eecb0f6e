import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { EVERYTHING } from '../../bench/reads/graphql-queries.js';
import { judge } from '../../src/graphql/query-limits.js';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));

it('lets one query ask for every field of the longest page of networks, attachments and containers', () => {
  const document = parse(EVERYTHING);
  expect(validate(schema, document)).toEqual([]);
  expect(judge(schema, { document, operationName: null, variables: {} }, () => 10).refusal).toBeUndefined();
});
