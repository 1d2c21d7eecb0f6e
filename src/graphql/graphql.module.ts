import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import type { DocumentNode } from 'graphql';
import { AuthModule } from '../auth/auth.module.js';
import { Settings } from '../config/settings.js';
import { DateTimeScalar } from '../faces/date-time.scalar.js';
import { currentRequestId } from '../logging/request-context.js';
import { TransportModule } from '../transport/transport.module.js';
import { DirectLinks } from './direct-links.js';
import type { GraphqlContext } from './graphql-context.js';
import { presentError } from './graphql-error.js';
import { introspectionRules, withoutSuggestions } from './hidden-schema.js';
import { ListSizes } from './list-sizes.js';
import { MOST_FAULTS, MOST_TOKENS, QueryLimits } from './query-limits.js';
import { finishSchema } from './schema-transform.js';
import { SocketLimits } from './socket-limits.js';
import { SubscriptionServer } from './subscription-server.js';

/**
 * Queries that need not be parsed and checked again, by the bytes that they would be as JSON: a hundred of a page's size. In memory they are
 * about three times as large, and whoever asks differently each time fills it.
 */
const KNOWN_QUERIES_BYTES = 4 * 2 ** 20;

const OPTIONS: ApolloDriverConfig = {
  path: '/graphql',
  autoSchemaFile: true,
  sortSchema: true,
  transformSchema: finishSchema,
  resolvers: { DateTime: DateTimeScalar },
  // Apollo's own switch has words of its own, and none for the WebSocket.
  introspection: true,
  graphiql: false,
  csrfPrevention: true,
  allowBatchedHttpRequests: false,
  persistedQueries: false,
  hideSchemaDetailsFromClientErrors: false,
  includeStacktraceInErrorResponses: false,
  autoTransformHttpErrors: false,
  // The open sockets are told, and requests in flight answered, before Apollo stops.
  stopOnApplicationShutdown: true,
  parseOptions: { maxTokens: MOST_TOKENS },
  validationOptions: { maxErrors: MOST_FAULTS },
  plugins: [ApolloServerPluginCacheControlDisabled()],
  context: ({ caller, turn, id, ip }: FastifyRequest): GraphqlContext => ({ caller, turn, requestId: id, address: ip }),
};

/** The GraphQL face: one schema drawn from the resolvers of all rooms, over HTTP and WebSocket. */
@Module({
  imports: [
    AuthModule,
    TransportModule,
    DiscoveryModule,
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      inject: [Settings],
      useFactory: ({ introspection }: Settings) => ({
        ...OPTIONS,
        documentStore: new InMemoryLRUCache<DocumentNode>({ maxSize: KNOWN_QUERIES_BYTES }),
        validationRules: [...introspectionRules(introspection)],
        formatError: (_formatted, error) => {
          const shown = presentError(error, currentRequestId() ?? 'unknown');
          return introspection ? shown : withoutSuggestions(shown);
        },
      }),
    }),
  ],
  providers: [DirectLinks, ListSizes, QueryLimits, SocketLimits, SubscriptionServer],
  exports: [SubscriptionServer],
})
export class GraphqlFaceModule {}
