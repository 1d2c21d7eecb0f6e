import type { Type } from '@nestjs/common';
import { Field, Int, ObjectType } from '@nestjs/graphql';
import { EngineFreshnessModel } from '../faces/engine-freshness.model.js';
import type { Listing } from '../inventory/page.js';
import type { EngineFreshness } from '../resources/engine.js';

@ObjectType({ description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether items follow this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether items come before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

/** A Relay connection over a page. What is not selected is not worked out. */
export class ConnectionOf<T> {
  constructor(private readonly listing: Listing<T>) {}

  get edges(): readonly Edge<T>[] {
    return this.listing.items.map((node) => ({ cursor: this.listing.cursorOf(node), node }));
  }

  get nodes(): readonly T[] {
    return this.listing.items;
  }

  get pageInfo(): PageInfo {
    const { items, nextCursor, hasPreviousPage } = this.listing;
    const cursorOf = (item: T): string => this.listing.cursorOf(item);
    const [first, last] = [items.at(0), items.at(-1)];
    return {
      hasNextPage: nextCursor !== null,
      hasPreviousPage,
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
    };
  }

  get totalCount(): number {
    return this.listing.total;
  }

  get engines(): readonly EngineFreshness[] {
    return this.listing.engines;
  }
}

/** Declares the GraphQL types `<name>Connection` and `<name>Edge` for a model. Call once per model. */
export function connectionType<T>(model: Type<T>, name: string, what: string): Type<ConnectionOf<T>> {
  @ObjectType(`${name}Edge`, { description: `One of the ${what} in a page, with its cursor.` })
  class ModelEdge {
    @Field(() => String, { description: 'Pass it as `after` to go on behind this item.' })
    cursor!: string;

    @Field(() => model, { description: 'The item.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${what}.` })
  class ModelConnection extends ConnectionOf<T> {
    @Field(() => [ModelEdge], { description: 'The items with their cursors.' })
    override get edges(): readonly Edge<T>[] {
      return super.edges;
    }

    @Field(() => [model], { description: 'The items.' })
    override get nodes(): readonly T[] {
      return super.nodes;
    }

    @Field(() => PageInfo, { description: 'Where this page stands.' })
    override get pageInfo(): PageInfo {
      return super.pageInfo;
    }

    @Field(() => Int, { description: 'Items on all pages.' })
    override get totalCount(): number {
      return super.totalCount;
    }

    @Field(() => [EngineFreshnessModel], { description: 'How old this answer is, by engine.' })
    override get engines(): readonly EngineFreshness[] {
      return super.engines;
    }
  }
  return ModelConnection;
}
