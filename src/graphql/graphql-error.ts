import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError, type FieldError } from '../errors/domain.error.js';
import { problemOf } from '../http/problem.js';
import { callerFault, internalFault } from '../http/request-failure.js';
import { withoutValues } from './without-values.js';

const log = new Logger('GraphQL');

/** What graphql-js and Apollo Server call the caller's mistakes. */
const MISTAKES: Readonly<Record<string, 'MALFORMED_REQUEST' | 'VALIDATION_FAILED'>> = {
  GRAPHQL_PARSE_FAILED: 'MALFORMED_REQUEST',
  BAD_REQUEST: 'MALFORMED_REQUEST',
  PERSISTED_QUERY_NOT_FOUND: 'MALFORMED_REQUEST',
  PERSISTED_QUERY_NOT_SUPPORTED: 'MALFORMED_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'MALFORMED_REQUEST',
  GRAPHQL_VALIDATION_FAILED: 'VALIDATION_FAILED',
  BAD_USER_INPUT: 'VALIDATION_FAILED',
};

/** Shows an error to a GraphQL caller: the detail as the message, code, status and extras as extensions. */
export function presentError(error: unknown, requestId: string): GraphQLFormattedError {
  const fault = faultOf(error);
  if (fault.code === 'INTERNAL') log.error(originOf(error));
  const { detail, instance: _instance, type: _type, errors, ...shown } = problemOf(fault, requestId);
  const extensions = { ...shown, ...(errors?.length ? { errors } : {}), requestId };
  if (!(error instanceof GraphQLError)) return { message: detail, extensions };
  const { locations, path } = error.toJSON();
  return { message: detail, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions };
}

function faultOf(error: unknown): DomainError {
  const thrown = callerFault(originOf(error));
  if (thrown !== undefined) return thrown;
  if (!(error instanceof GraphQLError)) return internalFault();
  // Only what graphql-js raised itself is the caller's: it wraps nothing.
  const code = MISTAKES[String(error.extensions.code)] ?? mistakeOf(error);
  return code === undefined ? internalFault() : mistake(code, error);
}

/** graphql-js wraps what is thrown, at times more than once. */
function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? originOf(error.originalError)
    : error;
}

/** Without Apollo, as over the WebSocket, a mistake bears no code. */
function mistakeOf(error: GraphQLError): 'MALFORMED_REQUEST' | 'VALIDATION_FAILED' | undefined {
  if (!(originOf(error) instanceof GraphQLError)) return undefined;
  if (error.message.startsWith('Syntax Error')) return 'MALFORMED_REQUEST';
  return error.path === undefined ? 'VALIDATION_FAILED' : undefined;
}

function mistake(code: 'MALFORMED_REQUEST' | 'VALIDATION_FAILED', error: GraphQLError): DomainError {
  if (/^Syntax Error: Document contains more (than|that) \d+ tokens/.test(error.message)) {
    return new DomainError('QUERY_TOO_COSTLY', 'The query text is too long. Give inputs as variables.');
  }
  const message = withoutValues(error.message);
  const field = fieldOf(message);
  if (code === 'MALFORMED_REQUEST' || field === undefined) return new DomainError(code, message);
  return new DomainError(code, message, { errors: [{ ...field }] });
}

/** graphql-js tells where in a variable the mistake is, in words only. */
function fieldOf(message: string): FieldError | undefined {
  const variable =
    /^Variable "\$(?<name>\w+)" got an invalid value(?: at "(?<path>[^"]+)")?; (?<fault>.+)$/s;
  const { name, path, fault } = variable.exec(message)?.groups ?? {};
  if (name === undefined || fault === undefined) return undefined;
  // The variable is the caller's own word; the path within it is the same as in REST.
  return { field: path?.replace(/^\w+\.?/, '') || name, message: fault };
}
