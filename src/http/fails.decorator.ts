import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { PROBLEM_TYPE, problemOf, statusOf } from './problem.js';
import { ProblemModel } from './problem.model.js';

const FAILURES = Symbol('failures');
const ALWAYS_POSSIBLE: readonly ErrorCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'INTERNAL'];

/** Documents the codes that a route can fail with, besides those that every route can. May be stacked. */
export function Fails(...codes: ErrorCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    // OpenAPI has one response per status, so that a second decorator would replace what the first one said.
    const before = (Reflect.getMetadata(FAILURES, handler) ?? []) as readonly ErrorCode[];
    const added = [...ALWAYS_POSSIBLE, ...codes].filter((code, index, all) => !before.includes(code) && all.indexOf(code) === index);
    Reflect.defineMetadata(FAILURES, [...before, ...added], handler);
    const byStatus = Map.groupBy([...before, ...added], statusOfCode);
    const responses = [...Map.groupBy(added, statusOfCode)].map(([status, group]) =>
      problemResponse(status, group, byStatus.get(status) ?? []),
    );
    applyDecorators(ApiExtraModels(ProblemModel), ...responses)(target, key, descriptor);
  };
}

const statusOfCode = (code: ErrorCode): number => statusOf(new DomainError(code, ''));

/** Of decorators for one status the descriptions are joined, and the content of the last one counts. */
function problemResponse(status: number, added: readonly ErrorCode[], all: readonly ErrorCode[]): MethodDecorator {
  return ApiResponse({
    status,
    description: added.map((code) => `\`${code}\``).join(', '),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemModel) },
        examples: Object.fromEntries(all.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  });
}

function exampleOf(code: ErrorCode): object {
  const { title } = new DomainError(code, '');
  return problemOf(new DomainError(code, `${title}.`), '6f1c2a');
}
