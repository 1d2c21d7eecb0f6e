import { Args, ObjectType, Field, Parent, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import type { FairleadEvent } from '../events/event.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { EventLogService } from './event-log.service.js';
import { EventModel } from './event.model.js';
import { EventsArgs, FollowEventsArgs } from './event.queries.js';

@ObjectType({ description: 'A field as it was before a change.' })
class PreviousValue {
  @Field(() => String, { description: 'Name of the field.' })
  field!: string;

  @Field(() => String, { description: 'What it held, as JSON text.' })
  json!: string;
}

const EventConnection = connectionType<FairleadEvent>(EventModel, 'Event', 'events');

@Resolver(() => EventModel)
export class EventsResolver {
  constructor(private readonly log: EventLogService) {}

  @Query(() => EventConnection, { name: 'events', description: 'Events that are kept, oldest first.' })
  @Requires('events:read')
  async list(@Args() { filter, after, first }: EventsArgs): Promise<ConnectionOf<FairleadEvent>> {
    return new ConnectionOf(await this.log.read(filter ?? {}, { after: after ?? undefined, limit: first }));
  }

  @Subscription(() => EventModel, {
    name: 'events',
    description: 'Events after the cursor, then each new one, with no gap and no repeat.',
    resolve: (event: FairleadEvent) => event,
  })
  @Requires('events:read')
  follow(@Args() { filter, after }: FollowEventsArgs): Promise<AsyncIterable<FairleadEvent>> {
    return this.log.follow(filter ?? {}, after ?? undefined);
  }

  @Link('Event', 'own', () => [PreviousValue], {
    nullable: true,
    description: 'The fields that changed, as they were before; null where nothing stood before.',
  })
  previous(@Parent() { previous }: FairleadEvent): PreviousValue[] | null {
    if (previous === null) return null;
    return Object.entries(previous).map(([field, value]) => ({ field, json: JSON.stringify(value) }));
  }
}
