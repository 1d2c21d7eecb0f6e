import { randomUUID } from 'node:crypto';
import {
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { ApiKeys } from '../auth/api-keys.js';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../errors/domain.error.js';
import { inRequest } from '../logging/request-context.js';
import type { GraphqlContext } from './graphql-context.js';
import { presentError } from './graphql-error.js';
import { MOST_TOKENS, overload } from './query-limits.js';

/** What is kept with each open socket. */
export interface SocketConnection {
  readonly socket: WebSocket;
  /** The `Authorization` header of the handshake, which browsers cannot send. */
  readonly authorization: string | undefined;
  /** Where it comes from. */
  readonly address: string;
  readonly requestId: string;
  caller?: Caller;
}

/** As graphql-ws closes sockets that subscribe before they have shown a key. */
const UNAUTHENTICATED = CloseCode.Unauthorized;
/** RFC 6455's registry: try again later. */
const TRY_LATER = 1013;

type Options = ServerOptions<Record<string, unknown>, SocketConnection>;

/** How operations over a WebSocket are admitted, run and answered: by the rules that hold over HTTP. */
export function socketOperations(
  schema: GraphQLSchema,
  keys: ApiKeys,
  running: Set<Promise<unknown>>,
): Options {
  return {
    onConnect: ({ connectionParams, extra }) => admit(keys, connectionParams ?? {}, extra),
    onSubscribe: ({ extra }, _id, payload) => prepare(schema, payload, extra),
    execute: (args) =>
      track(
        running,
        inContext(args, () => execute(args)),
      ),
    subscribe: (args) => inContext(args, () => subscribe(args)),
    onNext: (_context, _id, _payload, args, result) => presentResult(result, args),
    onError: ({ extra }, _id, _payload, errors) =>
      errors.map((error) => presentError(error, extra.requestId)),
  };
}

function admit(keys: ApiKeys, parameters: Record<string, unknown>, connection: SocketConnection): boolean {
  const given = parameters.Authorization ?? parameters.authorization ?? connection.authorization;
  try {
    const caller = keys.authenticate(typeof given === 'string' ? given : undefined, connection.address);
    connection.caller = caller;
    closeWithKey(connection.socket, caller.ended);
    return true;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const [code, reason] = REFUSALS[error.code] ?? [CloseCode.InternalServerError, 'Internal server error'];
    connection.socket.close(code, reason);
    return false;
  }
}

const REFUSALS: Readonly<Record<string, readonly [code: number, reason: string]>> = {
  UNAUTHENTICATED: [UNAUTHENTICATED, 'Unauthenticated: send {"Authorization": "Bearer <key>"}'],
  FORBIDDEN: [CloseCode.Forbidden, 'Forbidden: the API key may not be used from this address'],
  DATABASE_UNAVAILABLE: [TRY_LATER, 'The API keys could not be read yet'],
};

/** Nothing more is told to whoever came with a key that is revoked, or whose time is over. */
function closeWithKey(socket: WebSocket, ended: AbortSignal): void {
  const close = (): void => socket.close(UNAUTHENTICATED, 'Unauthenticated: the API key is no longer valid');
  if (ended.aborted) close();
  ended.addEventListener('abort', close, { once: true });
  socket.once('close', () => ended.removeEventListener('abort', close));
}

function prepare(
  schema: GraphQLSchema,
  { query, operationName, variables }: SubscribePayload,
  { caller, address }: SocketConnection,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parse(query, { maxTokens: MOST_TOKENS });
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const tooMuch = overload(schema, document, operationName, variables ?? {});
    if (tooMuch !== undefined) return [tooMuch];
    const contextValue: GraphqlContext = { caller, requestId: randomUUID(), address };
    return { schema, document, operationName, variableValues: variables, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

function track<T>(running: Set<Promise<unknown>>, result: T): T {
  if (result instanceof Promise) {
    running.add(result);
    const forget = (): boolean => running.delete(result);
    result.then(forget, forget);
  }
  return result;
}

function inContext<T>(args: ExecutionArgs, work: () => T): T {
  const { requestId, caller } = args.contextValue as GraphqlContext;
  return inRequest({ requestId, keyName: caller?.name }, work);
}

function presentResult(result: ExecutionResult, args: ExecutionArgs): object {
  const { requestId } = args.contextValue as GraphqlContext;
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => presentError(error, requestId)) };
}
