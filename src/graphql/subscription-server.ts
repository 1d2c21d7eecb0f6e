import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
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
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { ApiKeys } from '../auth/api-keys.js';
import type { Caller } from '../auth/caller.js';
import { requestIdOf } from '../http/request-id.js';
import { inRequest } from '../logging/request-context.js';
import type { GraphqlContext } from './graphql-context.js';
import { presentError } from './graphql-error.js';
import { MOST_TOKENS, overload } from './query-limits.js';

const GRAPHQL_PATH = '/graphql';
const LARGEST_MESSAGE = 1024 * 1024;
/** How long an operation in flight may go on once the service is told to stop. */
const LAST_ANSWERS_MS = 5_000;

interface Connection extends Extra {
  caller?: Caller;
}

type Options = ServerOptions<Record<string, unknown>, Connection>;

/** GraphQL over WebSocket (graphql-transport-ws). Any other upgrade is refused, or it would hang for ever. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  private readonly running = new Set<PromiseLike<unknown>>();
  private isStopping = false;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly schemas: GraphQLSchemaHost,
    private readonly keys: ApiKeys,
  ) {}

  onApplicationBootstrap(): void {
    useServer(this.options(this.schemas.schema), this.sockets);
    this.http.httpAdapter.getHttpServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  /** Answers in flight are still sent; then everybody is told that the service goes away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    const limit = AbortSignal.timeout(LAST_ANSWERS_MS);
    const tooLate = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve()));
    await Promise.race([Promise.allSettled(this.running), tooLate]);
    const closed = [...this.sockets.clients].map(
      (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
    );
    for (const client of this.sockets.clients) client.close(1001, 'The service is shutting down');
    await Promise.race([Promise.all(closed), tooLate]);
    for (const client of this.sockets.clients) client.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?', 1)[0];
    if (path === GRAPHQL_PATH && !this.isStopping) {
      this.sockets.handleUpgrade(request, socket, head, (client) => this.sockets.emit('connection', client, request));
      return;
    }
    const status = this.isStopping ? '503 Service Unavailable' : '404 Not Found';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  private options(schema: GraphQLSchema): Options {
    return {
      isProd: true,
      onConnect: ({ connectionParams, extra }) => this.admit(connectionParams ?? {}, extra),
      onSubscribe: ({ extra }, _id, payload) => prepare(schema, payload, contextOf(extra)),
      execute: (args) => this.track(inContext(args, () => execute(args))),
      subscribe: (args) => inContext(args, () => subscribe(args)),
      onNext: (_context, _id, _payload, args, result) => presentResult(result, args),
      onError: ({ extra }, _id, _payload, errors) =>
        errors.map((error) => presentError(error, requestIdOf(extra.request))),
    } as Options;
  }

  private admit(parameters: Record<string, unknown>, connection: Connection): boolean {
    const { Authorization, authorization } = parameters;
    const given = Authorization ?? authorization ?? connection.request.headers.authorization;
    try {
      connection.caller = this.keys.authenticate(typeof given === 'string' ? given : undefined);
      return true;
    } catch {
      connection.socket.close(4401, 'Unauthenticated: send {"Authorization": "Bearer <key>"}');
      return false;
    }
  }

  private track<T>(result: T | Promise<T>): T | Promise<T> {
    if (!(result instanceof Promise)) return result;
    this.running.add(result);
    void result.finally(() => this.running.delete(result)).catch(() => undefined);
    return result;
  }
}

function contextOf(connection: Connection): GraphqlContext {
  return { caller: connection.caller, requestId: randomUUID() };
}

function prepare(
  schema: GraphQLSchema,
  payload: SubscribePayload,
  contextValue: GraphqlContext,
): ExecutionArgs | readonly GraphQLError[] {
  const { query, operationName, variables } = payload;
  try {
    const document = parse(query, { maxTokens: MOST_TOKENS });
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const tooMuch = overload(schema, document, operationName, variables ?? {});
    if (tooMuch !== undefined) return [tooMuch];
    return { schema, document, operationName, variableValues: variables, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

function inContext<T>(args: ExecutionArgs, work: () => T): T {
  return inRequest({ requestId: (args.contextValue as GraphqlContext).requestId }, work);
}

function presentResult(result: ExecutionResult, args: ExecutionArgs): object {
  const { requestId } = args.contextValue as GraphqlContext;
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => presentError(error, requestId)) };
}
