import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { FORBIDDEN_KEYS } from '../faces/string-map.js';
import { GRAPHQL_INPUT } from '../faces/taken.decorator.js';
import { validationFailure } from './validation-failure.js';

const RULES = {
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  exceptionFactory: validationFailure,
} as const;

const DEEPEST_INPUT = 32;

/** Checks every input of both faces against the rules of its class, and gives the room an instance of it. */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly rest = new ValidationPipe(RULES);
  private readonly graphql = new ValidationPipe({ ...RULES, transformOptions: { groups: [GRAPHQL_INPUT] } });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // No input: a header, or the resource that a field of the graph belongs to.
    if (metadata.type === 'custom') return value;
    refuseHostileKeys(value, '', 0);
    // GraphQL arguments are named, as in `@Args('input')`; a REST body or query is taken whole.
    const pipe = metadata.data === undefined ? this.rest : this.graphql;
    if (metadata.type === 'body' && metadata.data === undefined) refuseNonObject(value, metadata);
    return await pipe.transform(value, metadata);
  }
}

function refuseNonObject(value: unknown, { metatype }: ArgumentMetadata): void {
  if (metatype === undefined || metatype === Object || value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw DomainError.invalid('The body must be a JSON object.', { field: '', message: 'must be an object' });
  }
}

/** Nest would drop these silently; a label that is not set must be refused instead. */
function refuseHostileKeys(value: unknown, path: string, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEEPEST_INPUT) {
    throw DomainError.invalid('The input is nested too deeply.', {
      field: path,
      message: 'is nested too deeply',
    });
  }
  for (const [key, inner] of Object.entries(value)) {
    const field = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(value) && FORBIDDEN_KEYS.includes(key)) {
      throw DomainError.invalid(`The name "${key}" cannot be used.`, {
        field,
        message: 'cannot be used as a name',
      });
    }
    refuseHostileKeys(inner, field, depth + 1);
  }
}
