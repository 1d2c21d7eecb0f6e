import { randomUUID } from 'node:crypto';
import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  subscribe,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { requireGood } from '../auth/caller.js';
import type { Doorkeeper } from '../auth/doorkeeper.js';
import { DomainError } from '../errors/domain.error.js';
import { inRequest } from '../logging/request-context.js';
import { asSeenBy } from '../sight/current-sight.js';
import { cutOff } from './cut-off.js';
import type { GraphqlContext } from './graphql-context.js';
import { presentError } from './graphql-error.js';
import { allRules, withoutSuggestions } from './hidden-schema.js';
import { judge, MOST_FAULTS, MOST_TOKENS } from './query-limits.js';
import type { LimitedSocket, SocketLimits } from './socket-limits.js';

/** What is kept with each open socket. */
export interface SocketConnection extends LimitedSocket {
  /** The `Authorization` header of the handshake, which browsers cannot send. */
  readonly authorization: string | undefined;
  readonly requestId: string;
}

/** As graphql-ws closes sockets that subscribe before they have shown a key. */
const UNAUTHENTICATED = CloseCode.Unauthorized;
/** Of what a WebSocket is closed with, in bytes. */
const LONGEST_REASON = 123;
/** RFC 6455's registry: try again later. */
const TRY_LATER = 1013;
/** As graphql-ws closes sockets that ask to be let in more than once. */
export const TOO_MANY = CloseCode.TooManyInitialisationRequests;

type Options = ServerOptions<Record<string, unknown>, SocketConnection>;

/** How operations over a WebSocket are admitted, run and answered: by the rules that hold over HTTP. */
export function socketOperations(
  schema: GraphQLSchema,
  doorkeeper: Doorkeeper,
  limits: SocketLimits,
  running: Set<Promise<unknown>>,
): Options {
  return {
    onConnect: ({ connectionParams, extra }) => admit(doorkeeper, limits, connectionParams ?? {}, extra),
    onSubscribe: ({ extra }, id, payload) => prepare(schema, limits, payload, extra, id),
    onComplete: ({ extra }, id) => limits.end(extra, id),
    execute: (args) =>
      track(
        running,
        inContext(args, () => execute(args)),
      ),
    subscribe: async (args) => eachInContext(args, await inContext(args, () => subscribe(args))),
    onNext: (_context, _id, _payload, args, result) => presentResult(result, args),
    onError: ({ extra }, _id, _payload, errors) =>
      errors
        .map((error) => presentError(error, extra.requestId))
        .map((shown) => (limits.isIntrospectionAllowed ? shown : withoutSuggestions(shown))),
  };
}

async function admit(doorkeeper: Doorkeeper, limits: SocketLimits, parameters: Record<string, unknown>, connection: SocketConnection): Promise<boolean> {
  const given = parameters.Authorization ?? parameters.authorization ?? connection.authorization;
  const shown = typeof given === 'string' ? given : undefined;
  try {
    limits.approach(connection, shown);
    const caller = await doorkeeper.admit(shown, connection.address);
    // What is counted for it would never be given back.
    if (connection.socket.readyState !== connection.socket.OPEN) return false;
    connection.caller = caller;
    limits.enter(connection, caller, shown);
    closeWithKey(connection.socket, caller.ended);
    return true;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const [code, reason] = REFUSALS[error.code] ?? [CloseCode.InternalServerError, 'Internal server error'];
    if (error.code === 'UNAUTHENTICATED') limits.refuse(connection, shown);
    const isRefused = error.code === 'UNAUTHENTICATED' && given !== undefined;
    connection.socket.close(code, isRefused ? `Unauthenticated: ${error.detail}`.slice(0, LONGEST_REASON) : reason);
    return false;
  }
}

const REFUSALS: Readonly<Record<string, readonly [code: number, reason: string]>> = {
  UNAUTHENTICATED: [UNAUTHENTICATED, 'Unauthenticated: send {"Authorization": "Bearer <key or token>"}'],
  FORBIDDEN: [CloseCode.Forbidden, 'Forbidden: the API key may not be used from this address'],
  RATE_LIMITED: [TOO_MANY, 'Too many requests'],
  DATABASE_UNAVAILABLE: [TRY_LATER, 'The API keys could not be read yet'],
  ISSUER_UNAVAILABLE: [TRY_LATER, 'The issuer of the token cannot be asked for its keys'],
};

/** Nothing more is told to whoever came with a key that is revoked, or with a key or token whose time is over. */
function closeWithKey(socket: WebSocket, ended: AbortSignal): void {
  const close = (): void => cutOff(socket, UNAUTHENTICATED, 'Unauthenticated: the API key or token is no longer valid');
  // Whoever has gone meanwhile is not waited for as long as the key is good.
  if (socket.readyState === socket.CLOSED) return;
  if (ended.aborted) close();
  ended.addEventListener('abort', close, { once: true });
  socket.once('close', () => ended.removeEventListener('abort', close));
}

async function prepare(
  schema: GraphQLSchema,
  limits: SocketLimits,
  payload: SubscribePayload,
  connection: SocketConnection,
  id: string,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { caller } = connection;
  try {
    // What has arrived before the socket is closed is not carried out.
    if (caller !== undefined) requireGood(caller);
    limits.begin(connection, id);
  } catch (error) {
    return [toGraphqlError(error)];
  }
  const prepared = await check(schema, limits, payload, connection, id).catch((error: unknown) => [toGraphqlError(error)]);
  // What is refused, or not found, ends without being told of.
  if (!('document' in prepared && getOperationAST(prepared.document, prepared.operationName))) limits.end(connection, id);
  return prepared;
}

/** Waits for its turn, as over HTTP. */
async function check(
  schema: GraphQLSchema,
  limits: SocketLimits,
  { query, operationName, variables }: SubscribePayload,
  connection: SocketConnection,
  id: string,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { caller, address, socket } = connection;
  const turn = await limits.read(connection, query);
  const document = parse(query, { maxTokens: MOST_TOKENS });
  const errors = validate(schema, document, allRules(limits.isIntrospectionAllowed), { maxErrors: MOST_FAULTS });
  if (errors.length > 0) return errors;
  const { cost, refusal } = judge(schema, { document, operationName, variables }, limits.listSize(connection));
  if (refusal !== undefined) return [refusal];
  await turn?.spend(cost);
  // Nobody is there any more to whom it would be told, or the key has ended.
  if (socket.readyState !== socket.OPEN) return [new GraphQLError('The WebSocket is closed.')];
  if (getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION) limits.follow(connection, id);
  const contextValue: GraphqlContext = { caller, turn, requestId: randomUUID(), address };
  return { schema, document, operationName, variableValues: variables, contextValue };
}

/** What is no refusal is thrown. */
function toGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof DomainError) return new GraphQLError(error.detail, { originalError: error });
  throw error;
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
  const run = (): T => inRequest({ requestId, keyName: caller?.name }, work);
  return caller === undefined ? run() : asSeenBy(caller.sight, run);
}

/** What a subscription sends is made when it is asked for, by whoever asks: that is done for the caller too. */
function eachInContext(
  args: ExecutionArgs,
  results: AsyncGenerator<ExecutionResult, void> | ExecutionResult,
): AsyncGenerator<ExecutionResult, void> | ExecutionResult {
  if (!(Symbol.asyncIterator in results)) return results;
  const each: AsyncGenerator<ExecutionResult, void> = {
    next: () => inContext(args, () => results.next()),
    return: () => results.return(),
    throw: (error: unknown) => results.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => results[Symbol.asyncDispose](),
  };
  return each;
}

function presentResult(result: ExecutionResult, args: ExecutionArgs): object {
  const { requestId } = args.contextValue as GraphqlContext;
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => presentError(error, requestId)) };
}
