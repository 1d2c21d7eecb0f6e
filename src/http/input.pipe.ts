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
/** Of one object or list; what the lists of inputs may hold at most. */
const MOST_ENTRIES = 1_000;
/** Of the whole input. */
const MOST_VALUES = 10_000;

/** Checks every input of both faces against the rules of its class, and gives the room an instance of it. */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly rest = new ValidationPipe(RULES);
  private readonly graphql = new ValidationPipe({ ...RULES, transformOptions: { groups: [GRAPHQL_INPUT] } });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // No input: a header, or the resource that a field of the graph belongs to.
    if (metadata.type === 'custom') return value;
    refuseHostile(value);
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

/**
 * Nest would drop some names silently; a label that is not set must be refused instead. And checking an input takes a time that grows with
 * the square of its entries, in which nobody else is answered: seconds for what a body can hold.
 */
function refuseHostile(input: unknown): void {
  let values = 0;
  const visit = (value: unknown, path: string, depth: number): void => {
    values += 1;
    if (values > MOST_VALUES) throw tooMany();
    if (typeof value !== 'object' || value === null) return;
    if (depth > DEEPEST_INPUT) throw unusable('The input is nested too deeply.', path, 'is nested too deeply');
    const keys = Object.keys(value);
    if (keys.length > MOST_ENTRIES) {
      throw unusable(`${path || 'The input'} holds too much.`, path, `must contain no more than ${MOST_ENTRIES} elements`);
    }
    for (const key of keys) {
      const field = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      if (!Array.isArray(value) && FORBIDDEN_KEYS.includes(key)) {
        throw unusable(`The name "${key}" cannot be used.`, field, 'cannot be used as a name');
      }
      visit((value as Record<string, unknown>)[key], field, depth + 1);
    }
  };
  visit(input, '', 0);
}

/**
 * The same for a JSON text that nobody has read yet, since that takes its time, too: it holds as many values as brackets are opened, and more than it has
 * commas.
 */
export function isCrowded(json: string): boolean {
  let [brackets, commas] = [0, 0];
  let isQuoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const mark = json[at];
    if (mark === '"') isQuoted = !isQuoted;
    else if (isQuoted) at += mark === '\\' ? 1 : 0;
    else if (mark === ',') commas += 1;
    else if (mark === '[' || mark === '{') brackets += 1;
    if (brackets > MOST_VALUES || commas >= MOST_VALUES) return true;
  }
  return false;
}

export function tooMany(): DomainError {
  return unusable('The input holds too much.', '', `must hold no more than ${MOST_VALUES} values`);
}

function unusable(detail: string, field: string, message: string): DomainError {
  return DomainError.invalid(detail, { field, message });
}
