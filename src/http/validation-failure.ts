import type { ValidationError } from 'class-validator';
import { DomainError, type FieldError } from '../errors/domain.error.js';

const MOST_REPORTED = 50;

/** Turns class-validator's tree into one error that names every wrong field by its path. */
export function validationFailure(faults: readonly ValidationError[]): DomainError {
  const errors = faults.flatMap((fault) => flatten(fault, '')).slice(0, MOST_REPORTED);
  const [first] = errors;
  const detail = first === undefined ? 'The input is not valid.' : sentenceFor(first, errors.length);
  return new DomainError('VALIDATION_FAILED', detail, { errors });
}

function sentenceFor(first: FieldError, count: number): string {
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return first.field === '' ? `${first.message}${more}.` : `${first.field}: ${first.message}${more}.`;
}

function flatten(fault: ValidationError, parent: string): FieldError[] {
  const field = pathTo(parent, fault.property);
  const own = Object.entries(fault.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: wording(rule, message, fault.property),
  }));
  return [...own, ...(fault.children ?? []).flatMap((child) => flatten(child, field))];
}

function pathTo(parent: string, property: string | undefined): string {
  if (property === undefined) return parent;
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

/** class-validator begins its sentences with the property; the path says that already. */
function wording(rule: string, message: string, property: string | undefined): string {
  if (rule === 'whitelistValidation') return 'is not a field of this input';
  if (rule === 'unknownValue') return 'must be an object';
  if (property !== undefined && message.startsWith(`${property} `)) return message.slice(property.length + 1);
  return message.replace(`each value in ${property} `, 'each value ').replace('nested property ', '');
}
