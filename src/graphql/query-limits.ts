import { Plugin } from '@nestjs/apollo';
import { HeaderMap, type ApolloServerPlugin, type GraphQLRequestListener } from '@apollo/server';
import {
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { DomainError } from '../errors/domain.error.js';
import { costOfAnswer } from '../limits/costs.js';
import type { GraphqlContext } from './graphql-context.js';
import { ListSizes, type ListSize } from './list-sizes.js';
import { QueryScales, type Weight } from './query-weight.js';

/** Longest query text, in tokens: several times the longest introspection query. */
export const MOST_TOKENS = 1000;
/** What is wrong with a query is told up to that number: looking for more, and for names that may have been meant, takes its time. */
export const MOST_FAULTS = 10;
/** Fields below each other: the graph is a circle, so somebody could go round for ever. */
export const DEEPEST_QUERY = 12;
/** Values in an answer: the longest page of networks, with 10 attachments for each and their containers, every field. */
export const MOST_VALUES = 2_000_000;
/** Each asks for something once more. */
export const MOST_ALIASES = 100;
/** Changes in one mutation. */
export const MOST_CHANGES = 20;

/** What is known of an operation before it runs. */
export interface Judgement {
  /** What it costs beyond the one that each does. */
  readonly cost: number;
  /** Why it asks for too much; undefined when it may run. */
  readonly refusal: GraphQLError | undefined;
}

/** What somebody wants to be done, valid by the schema. */
export interface Wish {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/** To be asked before it runs. */
export function judge(schema: GraphQLSchema, { document, operationName, variables }: Wish, listSize: ListSize): Judgement {
  const operation = getOperationAST(document, operationName);
  if (!operation) return { cost: 0, refusal: undefined };
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const byName = new Map(fragments.map((node: FragmentDefinitionNode) => [node.name.value, node]));
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)] as const] : [],
  );
  const scales = new QueryScales(schema, byName, { ...Object.fromEntries(defaults), ...variables }, listSize);
  const weight = scales.weigh(operation);
  const changes = operation.operation === OperationTypeNode.MUTATION ? countFields(operation.selectionSet, byName) : 0;
  return { cost: costOfAnswer(weight.values) + Math.max(0, changes - 1, weight.aliases), refusal: refusalOf(weight, changes) };
}

function refusalOf({ depth, values, aliases }: Weight, changes: number): GraphQLError | undefined {
  if (depth > DEEPEST_QUERY) {
    return tooCostly(`The query is ${depth} fields deep; at most ${DEEPEST_QUERY} are allowed.`);
  }
  if (values > MOST_VALUES) {
    const asked = values.toLocaleString('en-US');
    return tooCostly(
      `The query asks for up to ${asked} values; at most ${MOST_VALUES.toLocaleString('en-US')} are allowed. ` +
        'Ask for smaller pages (`first`) or fewer fields.',
    );
  }
  if (aliases > MOST_ALIASES) return tooCostly(`The query has ${aliases} aliases; at most ${MOST_ALIASES} are allowed.`);
  return changes > MOST_CHANGES
    ? tooCostly(`At most ${MOST_CHANGES} changes fit in one mutation.`)
    : undefined;
}

/** Fields at the root, those in fragments included; validation has ruled out fragments that hold themselves. */
function countFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  return selections.reduce<number>((count, selection) => {
    if (count > MOST_CHANGES || selection.kind === Kind.FIELD) return count + 1;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;
    return inner === undefined ? count : count + countFields(inner, fragments);
  }, 0);
}

function tooCostly(detail: string): GraphQLError {
  return refuse('QUERY_TOO_COSTLY', detail);
}

function refuse(code: 'MALFORMED_REQUEST' | 'QUERY_TOO_COSTLY', detail: string): GraphQLError {
  const originalError = new DomainError(code, detail);
  return new GraphQLError(detail, { originalError, extensions: { http: { status: 400 } } });
}

/** Apollo sets status and headers by what the error says. */
function tooOften(error: DomainError): GraphQLError {
  const headers = new HeaderMap([['retry-after', String(error.extras.retryAfterSeconds)]]);
  return new GraphQLError(error.detail, { originalError: error, extensions: { http: { status: 429, headers } } });
}

const NOT_OVER_HTTP = 'Subscriptions go over a WebSocket, with the graphql-transport-ws protocol.';

/** Refuses operations that HTTP cannot carry, or that ask for too much. */
@Plugin()
export class QueryLimits implements ApolloServerPlugin<GraphqlContext> {
  constructor(private readonly listSizes: ListSizes) {}

  async requestDidStart(): Promise<GraphQLRequestListener<GraphqlContext>> {
    return {
      didResolveOperation: async ({ schema, document, operation, operationName, request, contextValue }) => {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
          throw refuse('MALFORMED_REQUEST', NOT_OVER_HTTP);
        const wish = { document, operationName, variables: request.variables };
        const { cost, refusal } = judge(schema, wish, this.listSizes.seenBy(contextValue.caller?.sight));
        if (refusal !== undefined) throw refusal;
        await this.charge(contextValue, cost);
      },
    };
  }

  private async charge({ turn }: GraphqlContext, units: number): Promise<void> {
    try {
      await turn?.spend(units);
    } catch (error) {
      throw error instanceof DomainError ? tooOften(error) : error;
    }
  }
}
