import { createHash } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../errors/domain.error.js';
import { IDEMPOTENCY_KEY_ARGUMENT } from '../graphql/args.js';
import type { GraphqlContext } from '../graphql/graphql-context.js';
import { IDEMPOTENCY_KEY_HEADER } from '../http/idempotency-key.js';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Visible ASCII. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** Deeper inputs are refused anyhow. */
const DEEPEST_INPUT = 40;

/** A write with a key. */
export interface KeyedWrite {
  /** Follows from who asks, method, path and key. */
  readonly id: string;
  readonly caller: string;
  readonly method: string;
  readonly path: string;
  readonly key: string;
  /** What is asked for, as one text; may hold secrets. */
  readonly asked: string;
}

/** The write that a request with a key asks for; undefined where it bears none, or asks for no write. */
export function keyedWrite(context: ExecutionContext): KeyedWrite | undefined {
  return context.getType<string>() === 'graphql' ? fromGraphql(context) : fromRest(context);
}

function fromRest(context: ExecutionContext): KeyedWrite | undefined {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const key = request.headers[IDEMPOTENCY_KEY_HEADER.toLowerCase()];
  if (key === undefined || !WRITES.has(request.method)) return undefined;
  const { method, body, query, caller } = request;
  const parameters = Object.entries(request.params as Readonly<Record<string, string>>);
  const path = parameters.reduce(
    (route, [name, value]) => route.replace(`:${name}`, () => encodeURIComponent(value)),
    request.routeOptions.url ?? '',
  );
  const asked = { body, query, ifMatch: request.headers['if-match'] };
  return scopeOf(caller, { method, path, key, asked, field: IDEMPOTENCY_KEY_HEADER });
}

function fromGraphql(context: ExecutionContext): KeyedWrite | undefined {
  const [, given, { caller }, info] = context.getArgs<
    [unknown, Record<string, unknown>, GraphqlContext, GraphQLResolveInfo]
  >();
  if (info.parentType.name !== 'Mutation') return undefined;
  const { [IDEMPOTENCY_KEY_ARGUMENT]: key, ...asked } = given;
  // It is told to nobody else: the rooms know only arguments of their own.
  Reflect.deleteProperty(given, IDEMPOTENCY_KEY_ARGUMENT);
  if (key === undefined || key === null) return undefined;
  return scopeOf(caller, { method: 'MUTATION', path: info.fieldName, key, asked, field: IDEMPOTENCY_KEY_ARGUMENT });
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: unknown;
  readonly asked: unknown;
  /** Where the key stands, for telling what is wrong with it. */
  readonly field: string;
}

function scopeOf(caller: Caller | undefined, { method, path, key, asked, field }: Asked): KeyedWrite {
  if (typeof key !== 'string' || !KEY.test(key)) {
    const message = 'must be 1 to 255 visible ASCII characters';
    throw DomainError.invalid(`${field} ${message}.`, { field, message });
  }
  const scope = { caller: caller?.keyId ?? '', method, path, key };
  // A later token of the same subject may show less: it is not given what an earlier one was shown.
  const sight = caller === undefined || caller.sight.isWhole ? undefined : caller.sight.key;
  const id = createHash('sha256').update(toText({ ...scope, sight })).digest('base64url');
  return { id, ...scope, asked: toText(asked) };
}

function toText(value: unknown): string {
  return JSON.stringify(canonical(value, 0));
}

/** The same for the same content, in whatever order it was written. */
function canonical(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST_INPUT) throw DomainError.invalid('The input is nested too deeply.');
  if (Array.isArray(value)) return value.map((item) => canonical(item, depth + 1));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, canonical(item, depth + 1)]));
}
