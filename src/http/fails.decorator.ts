import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { PROBLEM_TYPE, problemOf, statusOf } from './problem.js';
import { ProblemModel } from './problem.model.js';

/** Documents the codes that a route can fail with, besides those that every route can. */
export function Fails(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = Map.groupBy(new Set(codes), (code) => statusOf(new DomainError(code, '')));
  const responses = [...byStatus].map(([status, group]) =>
    ApiResponse({
      status,
      description: group.map((code) => `\`${code}\``).join(', '),
      content: {
        [PROBLEM_TYPE]: {
          schema: { $ref: getSchemaPath(ProblemModel) },
          examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemModel), ...responses);
}

function exampleOf(code: ErrorCode): object {
  const error = new DomainError(code, '');
  return problemOf(new DomainError(code, `${error.title}.`), '6f1c2a');
}
