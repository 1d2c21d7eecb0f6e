import type { INestApplication } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ACCESS, type Access } from '../../src/auth/access.decorators.js';

export interface EntryPoint {
  /** `NetworksController.list` */
  readonly name: string;
  readonly kind: 'route' | 'Query' | 'Mutation' | 'Subscription';
  /** undefined where nothing is declared. */
  readonly access: Access | undefined;
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
        const access = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, metatype)) as
          Access | undefined;
        found.push({ name: `${metatype.name}.${method}`, kind, access });
      }
    }
  }
  return found;
}

function kindOf(handler: object): EntryPoint['kind'] | undefined {
  if (Reflect.hasMetadata(PATH_METADATA, handler)) return 'route';
  const root = Reflect.getMetadata('graphql:resolver_type', handler) as string | undefined;
  return ROOT_TYPES.find((type) => type === root);
}
