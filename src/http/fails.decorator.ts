import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { PROBLEM_TYPE, problemOf, statusOf } from './problem.js';
import { ProblemModel } from './problem.model.js';

const FAILURES = Symbol('failures');
const ALWAYS_POSSIBLE: readonly ErrorCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL'];

/** Documents the codes that a route can fail with, besides those that every route can. May be stacked. */
export function Fails(...codes: ErrorCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    // OpenAPI has one response per status, so that a second decorator would replace what the first one said.
    const before = (Reflect.getMetadata(FAILURES, handler) ?? ALWAYS_POSSIBLE) as readonly ErrorCode[];
    const all = [...new Set([...before, ...codes])];
    Reflect.defineMetadata(FAILURES, all, handler);
    const byStatus = Map.groupBy(all, (code) => statusOf(new DomainError(code, '')));
    const responses = [...byStatus].map(([status, group]) => problemResponse(status, group));
    applyDecorators(ApiExtraModels(ProblemModel), ...responses)(target, key, descriptor);
  };
}

function problemResponse(status: number, codes: readonly ErrorCode[]): MethodDecorator {
  return ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemModel) },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  });
}

function exampleOf(code: ErrorCode): object {
  const { title } = new DomainError(code, '');
  return problemOf(new DomainError(code, `${title}.`), '6f1c2a');
}
