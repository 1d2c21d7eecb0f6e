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
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { ApiKeys } from '../auth/api-keys.js';
import type { Caller } from '../auth/caller.js';
import { inRequest } from '../logging/request-context.js';
import type { GraphqlContext } from './graphql-context.js';
import { presentError } from './graphql-error.js';
import { MOST_TOKENS, overload } from './query-limits.js';

/** What is kept with each open socket. */
export interface SocketConnection {
  readonly socket: WebSocket;
  /** The `Authorization` header of the handshake, which browsers cannot send. */
  readonly authorization: string | undefined;
  readonly requestId: string;
  caller?: Caller;
}

type Options = ServerOptions<Record<string, unknown>, SocketConnection>;

/** How operations over a WebSocket are admitted, run and answered: by the rules that hold over HTTP. */
export function socketOperations(
  schema: GraphQLSchema,
  keys: ApiKeys,
  running: Set<Promise<unknown>>,
): Options {
  return {
    onConnect: ({ connectionParams, extra }) => admit(keys, connectionParams ?? {}, extra),
    onSubscribe: ({ extra }, _id, payload) => prepare(schema, payload, extra.caller),
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
    connection.caller = keys.authenticate(typeof given === 'string' ? given : undefined);
    return true;
  } catch {
    connection.socket.close(4401, 'Unauthenticated: send {"Authorization": "Bearer <key>"}');
    return false;
  }
}

function prepare(
  schema: GraphQLSchema,
  { query, operationName, variables }: SubscribePayload,
  caller: Caller | undefined,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parse(query, { maxTokens: MOST_TOKENS });
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const tooMuch = overload(schema, document, operationName, variables ?? {});
    if (tooMuch !== undefined) return [tooMuch];
    const contextValue: GraphqlContext = { caller, requestId: randomUUID() };
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
