import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DestinationStream } from 'pino';
import { AppModule } from './app.module.js';
import { registerDoor } from './auth/door.js';
import { Doorkeeper } from './auth/doorkeeper.js';
import type { Settings, TransportSettings } from './config/settings.js';
import { readTlsTexts } from './config/transport-settings.js';
import { describeEvents } from './event-log/event-description.js';
import { registerGraphiql } from './graphql/graphiql-page.js';
import { registerGraphqlErrors, registerQueryCost } from './graphql/graphql-route.js';
import { ServiceState } from './health/service-state.js';
import { answerUnreadableRequest } from './http/broken-connection.js';
import { registerJsonBodies } from './http/json-bodies.js';
import { describeApi, serveApiDescription } from './http/openapi.js';
import { sendProblem } from './http/problem.filter.js';
import { servePublicDocument } from './http/public-document.js';
import { LARGEST_BODY } from './http/request-failure.js';
import { registerRequestIds, requestIdOf } from './http/request-id.js';
import { registerRequestLog } from './http/request-log.js';
import { registerRouteFailures } from './http/route-table.js';
import { registerSecurityHeaders, SECURITY_HEADERS } from './http/security-headers.js';
import { StreamLimits } from './http/stream-limits.js';
import { HTTP_LIMITS } from './limits/http-limits.js';
import { registerAddressLimit, registerKeyLimit, registerUntoldBodies, turnToRead } from './limits/rate-limit-hooks.js';
import { RateLimits } from './limits/rate-limits.js';
import { Strangers } from './limits/strangers.js';
import { registerStrictRequests } from './limits/strict-requests.js';
import { registerUnreadAnswers } from './limits/unread-answers.js';
import { createLog } from './logging/log.js';
import { NestLogger } from './logging/nest-logger.js';
import { registerHttpMetrics } from './metrics/http-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { registerCrossOrigin } from './transport/cross-origin.js';
import { Entrance } from './transport/entrance.js';
import { registerEntrance } from './transport/register-entrance.js';
import { tlsServerOptions } from './transport/tls-options.js';
import { trustIn } from './transport/trusted-proxies.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** To send a whole request. Answers may take as long as they do: streams are without end. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 72_000;
/** References to networks may be names, and those may be long. */
const LONGEST_PATH_PARAMETER = 1024;

export interface AppOptions {
  /** Modules of a test's own. */
  readonly extra?: readonly Type<unknown>[];
  /** Where log lines go instead of stdout. */
  readonly logTo?: DestinationStream;
}

/** Builds the whole service, ready to listen; shared by `main.ts`, `contract.ts` and the tests. */
export async function createApp(
  settings: Settings,
  options: AppOptions = {},
): Promise<NestFastifyApplication> {
  const log = createLog(settings.logLevel, options.logTo);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, options.extra),
    await createAdapter(settings.transport),
    { logger: new NestLogger(log), abortOnError: false, bodyParser: false },
  );
  app.setGlobalPrefix('v1', { exclude: ['health/live', 'health/ready', 'metrics'] });
  const fastify = app.getHttpAdapter().getInstance();
  registerJsonBodies(fastify, turnToRead(app.get(RateLimits)));
  registerRequestIds(fastify);
  registerSecurityHeaders(fastify);
  registerRequestLog(fastify, log);
  registerHttpMetrics(fastify, app.get(Metrics));
  registerStrictRequests(fastify);
  registerUnreadAnswers(fastify, app.get(StreamLimits));
  registerEntrance(fastify, app.get(Entrance));
  registerCrossOrigin(fastify, settings.transport.corsOrigins);
  registerAddressLimit(fastify, app.get(RateLimits));
  if (settings.graphiql) registerGraphiql(fastify);
  registerDoor(fastify, app.get(Doorkeeper));
  registerKeyLimit(fastify, app.get(RateLimits), app.get(Strangers));
  registerUntoldBodies(fastify, app.get(RateLimits));
  registerGraphqlErrors(fastify);
  registerQueryCost(fastify);
  registerRouteFailures(fastify);
  const state = app.get(ServiceState);
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection that is kept alive would keep the service alive with it.
    if (state.phase === 'stopping') void reply.header('connection', 'close');
    done();
  });
  serveApiDescription(app, version);
  servePublicDocument(fastify, '/asyncapi.json', () => eventDescription(app));
  return app;
}

/** The OpenAPI document of this version. */
export function apiDescription(app: NestFastifyApplication): OpenAPIObject {
  return describeApi(app, version);
}

/** The AsyncAPI document of this version. */
export function eventDescription(app: NestFastifyApplication): object {
  return describeEvents(apiDescription(app), version);
}

async function createAdapter({ tls, trustedProxies }: TransportSettings): Promise<FastifyAdapter> {
  return new FastifyAdapter({
    ...(tls === null ? { http: HTTP_LIMITS } : { https: { ...HTTP_LIMITS, ...tlsServerOptions(await readTlsTexts(tls)) } }),
    bodyLimit: LARGEST_BODY,
    trustProxy: trustIn(trustedProxies),
    genReqId: requestIdOf,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
      sendProblem(error, request, reply);
    },
    clientErrorHandler: answerUnreadableRequest,
  });
}
