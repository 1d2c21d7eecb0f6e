import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { CloseCode, handleProtocols, makeServer, MessageType, stringifyMessage, type Server } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { Doorkeeper } from '../auth/doorkeeper.js';
import { answerOnSocket } from '../http/broken-connection.js';
import { isCrowded } from '../http/input.pipe.js';
import { LARGEST_BODY } from '../http/request-failure.js';
import { requestIdOf } from '../http/request-id.js';
import { StreamLimits } from '../http/stream-limits.js';
import { Entrance } from '../transport/entrance.js';
import { messageAllowance, SocketLimits } from './socket-limits.js';
import { cutOff } from './cut-off.js';
import { socketOperations, TOO_MANY, type SocketConnection } from './socket-operations.js';

const logger = new Logger('SubscriptionServer');
const GRAPHQL_PATH = '/graphql';
const PONG = stringifyMessage({ type: MessageType.Pong });
const PING_EVERY_MS = 12_000;
/** For clients that do not read: what they have missed is still to be had, after their last cursor. */
export const TOO_SLOW = 4413;
/** How long an operation in flight may go on once the service is told to stop. */
const LAST_ANSWERS_MS = 5_000;

/** GraphQL over WebSocket (graphql-transport-ws). Any other upgrade is refused, or it would hang for ever. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_BODY,
    // What is compressed could be a thousand times as large.
    perMessageDeflate: false,
    handleProtocols,
  });
  private readonly running = new Set<Promise<unknown>>();
  private server: Server<SocketConnection> | undefined;
  private isStopping = false;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly schemas: GraphQLSchemaHost,
    private readonly doorkeeper: Doorkeeper,
    private readonly streamLimits: StreamLimits,
    private readonly entrance: Entrance,
    private readonly limits: SocketLimits,
  ) {}

  get openSockets(): number {
    return this.sockets.clients.size;
  }

  onApplicationBootstrap(): void {
    this.server = makeServer(socketOperations(this.schemas.schema, this.doorkeeper, this.limits, this.running));
    const http = this.http.httpAdapter.getHttpServer() as HttpServer;
    http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Answers in flight are still sent; then everybody is told that the service goes away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, LAST_ANSWERS_MS);
    await Promise.race([Promise.allSettled(this.running), tooLate]);
    const { clients } = this.sockets;
    const closed = [...clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
    for (const client of clients) client.close(1001, 'The service is shutting down');
    await Promise.race([Promise.all(closed), tooLate]);
    clearTimeout(timer);
    for (const client of clients) client.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.entrance.socketRefusal(request);
    if (refusal !== undefined) {
      logger.debug(`a WebSocket was refused: ${refusal.detail}`);
      this.limits.turnAway(this.entrance.addressOf(request));
      answerOnSocket(socket, refusal, requestIdOf(request));
      return;
    }
    const path = request.url?.split('?', 1)[0];
    if (path === GRAPHQL_PATH && !this.isStopping) {
      this.sockets.handleUpgrade(request, socket, head, (client) => this.serve(client, request));
      return;
    }
    if (!this.isStopping) this.limits.turnAway(this.entrance.addressOf(request));
    const status = this.isStopping ? '503 Service Unavailable' : '404 Not Found';
    const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    socket.end(answer, () => socket.destroy());
  }

  private serve(client: WebSocket, request: IncomingMessage): void {
    const connection: SocketConnection = {
      socket: client,
      transport: request.socket,
      open: new Map<string, () => void>(),
      busy: new Set<string>(),
      authorization: request.headers.authorization,
      address: this.entrance.addressOf(request),
      requestId: requestIdOf(request),
    };
    // Such as a message that is too large: ws closes the socket by itself, with the fitting code.
    client.on('error', (error) => logger.debug(`a WebSocket failed: ${error.message}`));
    const stopPinging = keepAlive(client);
    const mayGoOn = messageAllowance(connection, this.limits);
    for (const kind of ['ping', 'pong'] as const) client.on(kind, (data) => mayGoOn(data.length) || dropFlooding(client));
    const closed = this.server?.opened(
      {
        protocol: client.protocol,
        send: (text) => send(client, text, this.streamLimits.stallMs),
        close: (code, reason) => client.close(code, reason),
        // Without what the ping bore: for a client that does not read it would be kept.
        onPing: () => send(client, PONG, this.streamLimits.stallMs),
        onMessage: (handle) => {
          let before = Promise.resolve();
          client.on('message', (data: Buffer) => {
            if (!mayGoOn(data.length)) {
              dropFlooding(client);
              return;
            }
            // In the order in which they came.
            before = before.then(() => this.take(connection, data, handle));
          });
        },
      },
      connection,
    );
    client.once('close', (code, reason) => {
      stopPinging();
      this.limits.leave(connection);
      closed?.(code, String(reason)).catch((error: unknown) => logger.error(error));
    });
  }

  private async take(connection: SocketConnection, data: Buffer, handle: (text: string) => Promise<void>): Promise<void> {
    if (!isThere(connection)) return;
    try {
      connection.turn = await this.limits.turnToRead(connection, data.length);
    } catch (error) {
      logger.debug(String(error));
      dropFlooding(connection.socket);
    }
    if (isThere(connection)) pass(connection.socket, data.toString(), handle);
  }
}

/** Whoever has gone has no turn. */
function isThere({ socket }: SocketConnection): boolean {
  return socket.readyState === socket.OPEN;
}

function pass(client: WebSocket, text: string, handle: (text: string) => Promise<void>): void {
  if (isCrowded(text)) {
    client.close(CloseCode.BadRequest, 'The message holds too much.');
    return;
  }
  handle(text).catch((error: unknown) => {
    logger.error(error);
    client.close(CloseCode.InternalServerError, 'Internal server error');
  });
}

/** Who can no longer be told has gone: the socket's `close` ends what runs for it. */
async function send(client: WebSocket, text: string, stallMs: number): Promise<void> {
  if (client.readyState !== client.OPEN) return;
  // Nothing more is made for a client until it has taken what was sent, so a slow one costs no memory.
  const timer = setTimeout(() => dropSlow(client), stallMs);
  await new Promise<void>((resolve) => client.send(text, () => resolve()));
  clearTimeout(timer);
}

function dropSlow(client: WebSocket): void {
  logger.warn('A WebSocket was dropped: what was sent was not read in time.');
  client.close(TOO_SLOW, 'Too slow: connect again and resume after your last cursor');
}

/** What is still under way is not looked at. */
function dropFlooding(client: WebSocket): void {
  if (client.readyState !== client.OPEN) return;
  cutOff(client, TOO_MANY, 'Too many messages');
}

/** Ends sockets whose other side is gone without a word. */
function keepAlive(client: WebSocket): () => void {
  let isAlive = true;
  client.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) {
      // With something left unread it may only be slow, and find out when it reads on.
      if (client.bufferedAmount > 0) dropSlow(client);
      else client.terminate();
      return;
    }
    isAlive = false;
    client.ping();
  }, PING_EVERY_MS);
  return () => clearInterval(timer);
}
