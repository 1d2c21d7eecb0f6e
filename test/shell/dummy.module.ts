import { Body, Controller, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import {
  Args,
  ArgsType,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query as GraphqlQuery,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { ApiOperation } from '@nestjs/swagger';
import { Min } from 'class-validator';
import { Requires } from '../../src/auth/access.decorators.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { describedEnum } from '../../src/faces/described-enum.js';
import { Shown, ShownMap } from '../../src/faces/shown.decorator.js';
import { Taken, TakenMap } from '../../src/faces/taken.decorator.js';
import { connectionType, ConnectionOf } from '../../src/graphql/connection.js';
import { PageArgs } from '../../src/graphql/page.args.js';
import { Fails } from '../../src/http/fails.decorator.js';
import { Lists } from '../../src/http/lists.decorator.js';
import { PageQuery } from '../../src/http/page.query.js';
import { FlagQuery, ListQuery, TextQuery } from '../../src/http/query.decorators.js';
import { Tagged } from '../../src/http/tagged.decorator.js';
import { page, parseSort, type Listing } from '../../src/inventory/page.js';

const Colour = describedEnum('Colour', 'What it looks like.', { red: 'As blood.', green: 'As grass.' });

type Relation<T> = T;

@ObjectType('Thing', { description: 'A thing of this test.' })
export class ThingModel {
  @Shown({ type: 'id', description: 'Its id.', example: 't1' })
  id!: string;

  @Shown({ description: 'Its name.', example: 'anchor' })
  name!: string;

  @Shown({ type: Colour, nullable: true, description: 'Its colour; null when unknown.' })
  colour!: 'red' | 'green' | null;

  @Shown({ type: 'datetime', nullable: true, description: 'When it was made.' })
  createdAt!: string | null;

  @ShownMap({ description: 'Its labels.', example: { team: 'a' } })
  labels!: Record<string, string>;

  @Shown({ list: true, description: 'Its aliases.' })
  aliases!: string[];

  @Field(() => [ThingModel], { description: 'Things beside it.' })
  neighbours!: Relation<ThingModel>[];
}

const ThingConnection = connectionType(ThingModel, 'Thing', 'things');

@InputType({ description: 'A part of a thing.' })
export class PartInput {
  @Taken({ description: 'Its name.' })
  name!: string;

  @Taken({ type: 'integer', optional: true, description: 'How heavy it is, in grams.' })
  @Min(1)
  grams?: number;
}

@InputType({ description: 'What a thing is made of.' })
export class MakeThingInput {
  @Taken({ description: 'Its name.', example: 'anchor' })
  name!: string;

  @Taken({ type: Colour, optional: true, description: 'Its colour; green where absent.', default: 'green' })
  colour?: 'red' | 'green';

  @TakenMap({ optional: true, description: 'Its labels.' })
  labels?: Record<string, string>;

  @Taken({ type: () => PartInput, list: true, optional: true, description: 'Its parts.' })
  parts?: PartInput[];

  @Taken({ type: () => PartInput, optional: true, description: 'Its core.' })
  core?: PartInput;
}

class ThingsQuery extends PageQuery {
  @TextQuery({ description: 'Only this name.' })
  name?: string;

  @ListQuery({ description: 'Only these labels.' })
  label?: string[];

  @FlagQuery({ description: 'Only loud ones.' })
  loud?: boolean;
}

@ArgsType()
class ThingsArgs extends PageArgs {}

const THINGS: readonly ThingModel[] = ['anchor', 'bollard', 'cleat', 'davit', 'eye'].map((name, index) => ({
  id: `t${index}`,
  name,
  colour: index % 2 ? 'red' : null,
  createdAt: '2026-11-23T12:00:00.123456789Z',
  labels: { zone: 'b', area: name },
  aliases: [],
  neighbours: [],
}));

function listThings(limit: number, cursor?: string, sort?: string): Listing<ThingModel> {
  const keys = parseSort(sort, ['name', 'createdAt', 'colour']);
  return { ...page(THINGS, { sort: keys, limit, cursor }), engines: [] };
}

function misbehave(how: string): never {
  if (how === 'fault') throw new Error('the secret inner story');
  throw new DomainError('NETWORK_NOT_FOUND', `There is no network "${how}".`, { engine: 'local' });
}

export const slowRequests = {
  started: Promise.withResolvers<void>(),
  mayEnd: Promise.withResolvers<void>(),
};

async function* countTo(to: number): AsyncGenerator<number> {
  for (let value = 1; value <= to; value += 1) yield value;
  if (to === 7) await new Promise(() => undefined);
}

@Controller('things')
class ThingsController {
  @Get()
  @Requires('networks:read')
  @Lists(ThingModel, 'things')
  @ApiOperation({ summary: 'List things', description: 'All of them.' })
  list(@Query() { limit, cursor, sort }: ThingsQuery): Listing<ThingModel> {
    return listThings(limit, cursor, sort);
  }

  /** Answers when the test says so. */
  @Get('slow')
  @Requires('networks:read')
  @ApiOperation({ summary: 'Get a slow thing', description: 'In its own time.' })
  async slow(): Promise<{ done: boolean }> {
    slowRequests.started.resolve();
    await slowRequests.mayEnd.promise;
    return { done: true };
  }

  @Get(':thing')
  @Requires('networks:read')
  @Tagged()
  @Fails('NETWORK_NOT_FOUND')
  @ApiOperation({ summary: 'Get a thing', description: 'By its id.' })
  get(@Param('thing') id: string): ThingModel {
    return THINGS.find((thing) => thing.id === id) ?? misbehave(id);
  }

  @Post()
  @HttpCode(200)
  @Requires('networks:manage')
  @ApiOperation({ summary: 'Make a thing', description: 'Echoes it.' })
  make(@Body() input: MakeThingInput): MakeThingInput {
    return input;
  }
}

@Controller('undeclared')
class UndeclaredController {
  @Get()
  closed(): string {
    return 'open';
  }
}

@Resolver(() => ThingModel)
class ThingsResolver {
  @GraphqlQuery(() => ThingConnection, { description: 'Things.' })
  @Requires('networks:read')
  things(@Args() { first, after, orderBy }: ThingsArgs): ConnectionOf<ThingModel> {
    return new ConnectionOf(listThings(first, after ?? undefined, orderBy ?? undefined));
  }

  @GraphqlQuery(() => ThingModel, { description: 'One thing.' })
  @Requires('networks:read')
  thing(@Args('id', { description: 'Its id.' }) id: string): ThingModel {
    return THINGS.find((thing) => thing.id === id) ?? misbehave(id);
  }

  @GraphqlQuery(() => Int, { description: 'Declares no scope.' })
  undeclared(): number {
    return 1;
  }

  @ResolveField()
  neighbours(@Parent() { id }: ThingModel): readonly ThingModel[] {
    return THINGS.filter((thing) => thing.id !== id).slice(0, 2);
  }

  @Mutation(() => String, { description: 'Echoes the input as JSON.' })
  @Requires('networks:manage')
  makeThing(@Args('input', { description: 'The thing.' }) input: MakeThingInput): string {
    return JSON.stringify(input);
  }

  @Subscription(() => Int, { description: 'Counts.', resolve: (value: number) => value })
  @Requires('events:read')
  count(
    @Args('to', { type: () => Int, description: 'How far; 7 never ends.' }) to: number,
  ): AsyncGenerator<number> {
    return to < 0 ? misbehave('negative') : countTo(to);
  }
}

/** A room of the test's own, to drive the shell through. */
@Module({ controllers: [ThingsController, UndeclaredController], providers: [ThingsResolver] })
export class DummyModule {}
