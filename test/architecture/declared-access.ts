import { RequestMethod, type INestApplication } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { GraphQLFieldResolver, GraphQLObjectType } from 'graphql';
import { ACCESS, type Access } from '../../src/auth/access.decorators.js';
import { LINK, type LinkEnds, type Wanted } from '../../src/graphql/link.decorator.js';
import { NOTES_ATTEMPTS, type Noting } from '../../src/inventory/attempt.js';

export interface EntryPoint {
  /** `NetworksController.list` */
  readonly name: string;
  readonly kind: 'route' | 'Query' | 'Mutation' | 'Subscription';
  /** What GraphQL calls it. */
  readonly field: string;
  /** undefined where nothing is declared. */
  readonly access: Access | undefined;
  readonly isWrite: boolean;
  /** When it says that it notes what it changes; undefined where it says nothing. */
  readonly noting: Noting | undefined;
}

const ROOT_TYPES = ['Query', 'Mutation', 'Subscription'] as const;

/** Every way into the service that a room offers, with what it asks of its caller. */
export function entryPoints(app: INestApplication): readonly EntryPoint[] {
  const scanner = new MetadataScanner();
  const found: EntryPoint[] = [];
  for (const room of app.get(ModulesContainer).values()) {
    for (const { instance, metatype } of [...room.controllers.values(), ...room.providers.values()]) {
      if (typeof instance !== 'object' || instance === null || typeof metatype !== 'function') continue;
      const prototype = Object.getPrototypeOf(instance) as Record<string, unknown> | null;
      for (const method of prototype === null ? [] : scanner.getAllMethodNames(prototype)) {
        const handler = prototype?.[method];
        const kind = typeof handler === 'function' ? kindOf(handler) : undefined;
        if (typeof handler !== 'function' || kind === undefined) continue;
        const declared = (what: symbol): unknown => Reflect.getMetadata(what, handler) ?? Reflect.getMetadata(what, metatype);
        found.push({
          ...{ name: `${metatype.name}.${method}`, kind, access: declared(ACCESS) as Access | undefined },
          field: (Reflect.getMetadata('graphql:resolver_name', handler) as string | undefined) ?? method,
          isWrite: kind === 'Mutation' || (kind === 'route' && Reflect.getMetadata(METHOD_METADATA, handler) !== RequestMethod.GET),
          noting: declared(NOTES_ATTEMPTS) as Noting | undefined,
        });
      }
    }
  }
  return found;
}

export interface Link {
  /** `Network.engines`; without its type where nothing is declared. */
  readonly name: string;
  readonly wants: Wanted | undefined;
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
}

/** Every field below the roots that is answered by code of a room, with what it asks of its caller. */
export function linksOf(app: INestApplication): readonly Link[] {
  const { schema } = app.get(GraphQLSchemaHost, { strict: false });
  return handlers(app)
    .filter((handler) => Reflect.hasMetadata('graphql:resolve_property', handler))
    .map((handler) => {
      const ends = Reflect.getMetadata(LINK, handler) as LinkEnds | undefined;
      if (ends === undefined) return { name: handler.name, wants: undefined, resolve: undefined };
      const type = schema.getType(ends.from) as GraphQLObjectType;
      return { name: `${ends.from}.${handler.name}`, wants: ends.wants, resolve: type.getFields()[handler.name]?.resolve };
    });
}

function handlers(app: INestApplication): readonly NamedFunction[] {
  const scanner = new MetadataScanner();
  const rooms = [...app.get(ModulesContainer).values()];
  return rooms.flatMap(({ providers }) =>
    [...providers.values()].flatMap(({ instance }) => {
      const prototype = typeof instance === 'object' && instance !== null ? (Object.getPrototypeOf(instance) as Record<string, unknown> | null) : null;
      const methods = prototype === null ? [] : scanner.getAllMethodNames(prototype).map((name) => prototype[name]);
      return methods.filter((method): method is NamedFunction => typeof method === 'function');
    }),
  );
}

type NamedFunction = object & { readonly name: string };

function kindOf(handler: object): EntryPoint['kind'] | undefined {
  if (Reflect.hasMetadata(PATH_METADATA, handler)) return 'route';
  const root = Reflect.getMetadata('graphql:resolver_type', handler) as string | undefined;
  return ROOT_TYPES.find((type) => type === root);
}
