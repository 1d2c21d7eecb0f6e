import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { RequestMethod, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import type { Caller } from '../auth/caller.js';
import type { GraphqlContext } from '../graphql/graphql-context.js';
import { actionOf, referenceIn, type AuditAction } from './audit-actions.js';
import type { AuditFace } from './audit-record.js';

/** Where OpenAPI's decorator keeps what it was told of an operation. */
const API_OPERATION = 'swagger/apiOperation';

/** A write that somebody asks for. */
export interface AskedCommand extends AuditAction {
  readonly face: AuditFace;
  readonly caller: Caller | undefined;
  readonly address: string;
  readonly requestId: string;
  /** What the caller calls its target. */
  readonly reference: string | null;
  /** The engine that it names. */
  readonly engine: string | null;
  readonly dryRun: boolean;
}

/** The write that is asked for, before its input is looked at; undefined for a read. */
export function askedCommand(context: ExecutionContext): AskedCommand | undefined {
  return context.getType<string>() === 'graphql' ? fromGraphql(context) : fromRest(context);
}

function fromRest(context: ExecutionContext): AskedCommand | undefined {
  const handler = context.getHandler();
  if (Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.GET) return undefined;
  const { body, params, query, caller, ip, id } = context.switchToHttp().getRequest<FastifyRequest>();
  const { operationId = nameOf(context) } = (Reflect.getMetadata(API_OPERATION, handler) ?? {}) as { operationId?: string };
  const { engine, dryRun } = fieldsOf(query);
  const action = actionOf(operationId);
  return {
    ...{ face: 'rest', caller, address: ip, requestId: id, ...action },
    reference: referenceIn(action.kind, fieldsOf(params), fieldsOf(body)),
    engine: asText(engine ?? fieldsOf(body).engine),
    dryRun: dryRun === 'true',
  };
}

function fromGraphql(context: ExecutionContext): AskedCommand | undefined {
  const [, given, { caller, address, requestId }, info] = context.getArgs<
    [unknown, Record<string, unknown>, GraphqlContext, GraphQLResolveInfo]
  >();
  if (info.parentType.name !== 'Mutation') return undefined;
  const input = fieldsOf(given.input);
  const action = actionOf(info.fieldName);
  return {
    ...{ face: 'graphql', caller, address, requestId, ...action },
    reference: referenceIn(action.kind, given, input),
    engine: asText(given.engine ?? input.engine),
    dryRun: given.dryRun === true,
  };
}

function nameOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}

/** What no pipe has checked yet may be anything. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
