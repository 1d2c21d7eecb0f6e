import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import { Metrics } from './metrics.js';

/** Counts GraphQL operations by type and by whether they had errors. */
@Plugin()
export class GraphqlMetrics implements ApolloServerPlugin {
  constructor(private readonly metrics: Metrics) {}

  async requestDidStart(): Promise<GraphQLRequestListener<object>> {
    return {
      willSendResponse: async ({ operation, errors }) => {
        const type = operation?.operation ?? 'unreadable';
        this.metrics.graphqlOperations.inc({ type, outcome: errors === undefined ? 'ok' : 'error' });
      },
    };
  }
}
