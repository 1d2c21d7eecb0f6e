import { ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import {
  type EventCause,
  type EventGap,
  type EventOrigin,
  type EventSubject,
  type FairleadEvent,
  type SubjectKind,
} from '../events/event.js';
import { AttachmentModel } from '../faces/attachment.model.js';
import { ContainerModel } from '../faces/container.model.js';
import { describedEnum } from '../faces/described-enum.js';
import { NetworkModel } from '../faces/network.model.js';
import { Shown, ShownMap } from '../faces/shown.decorator.js';

export const EventOriginEnum = describedEnum<EventOrigin>('EventOrigin', 'How a change was found.', {
  engine: 'The engine reported it; told once however often the engine repeats it.',
  resync: 'Found by comparing states, because no event of the engine told it.',
});

export const SubjectKindEnum = describedEnum<SubjectKind>('SubjectKind', 'What kind of thing an event is about.', {
  engine: 'An engine.',
  network: 'A network.',
  container: 'A container.',
  attachment: 'An attachment.',
  webhook: "A webhook of the service's own.",
});

@ObjectType('EventSubject', { description: 'What an event is about.' })
export class EventSubjectModel implements EventSubject {
  @Shown({ type: SubjectKindEnum, description: 'Its kind.', example: 'network' })
  kind!: SubjectKind;

  @Shown({ type: 'id', description: 'Its id.' })
  id!: string;

  @Shown({ description: 'Its name at that time; `<network>/<container>` for an attachment.', example: 'frontend' })
  name!: string;
}

@ObjectType('EventGap', { description: 'A frame around what could not be seen step by step.' })
export class EventGapModel implements EventGap {
  @Shown({ type: 'id', description: 'The same on the `engine.gap` and the `engine.resynced` of one gap.' })
  gapId!: string;

  @Shown({ nullable: true, description: 'Why the steps were not seen; null on `engine.resynced`.' })
  reason!: string | null;

  @Shown({ type: 'datetime', nullable: true, description: 'Time of the last step that was seen; null if none was.' })
  from!: string | null;
}

@ObjectType('EventCause', { description: 'The command of this service that led to a change.' })
export class EventCauseModel implements EventCause {
  @Shown({ description: 'Id of the request that asked for it, as its answer told in `X-Request-Id`.' })
  requestId!: string;

  @Shown({ nullable: true, description: 'Name of the key that it was asked with; null where that is not known.' })
  keyName!: string | null;
}

@ObjectType('EngineEvent', { description: 'An event as the engine sent it.' })
export class EngineEventModel {
  @Shown({ description: 'Kind of object.', example: 'network' })
  type!: string;

  @Shown({ description: 'What happened.', example: 'connect' })
  action!: string;

  @ShownMap({ description: 'What else the engine said.', example: { name: 'frontend', type: 'bridge' } })
  attributes!: Readonly<Record<string, string>>;
}

@ObjectType('Event', { description: 'One observed change.' })
export class EventModel implements FairleadEvent {
  @Shown({ description: 'Its place in the log; opaque, ordered.' })
  cursor!: string;

  @Shown({ type: 'id', description: 'Unique.' })
  id!: string;

  @Shown({ description: 'Such as `network.created`.', example: 'network.created' })
  type!: FairleadEvent['type'];

  @Shown({ nullable: true, description: "Name of the engine that it happened on; null for the service's own.", example: 'local' })
  engine!: string | null;

  @Shown({ type: 'datetime', description: "When it happened, by the engine's clock." })
  time!: string;

  @Shown({ type: 'datetime', description: 'When the service took it down.' })
  recordedAt!: string;

  @Shown({ type: EventOriginEnum, description: 'How it was found.', example: 'engine' })
  origin!: EventOrigin;

  @Shown({ type: () => EventSubjectModel, description: 'What it is about.' })
  subject!: EventSubjectModel;

  @Shown({ type: () => NetworkModel, nullable: true, description: 'The network as first inspected after the change.' })
  network!: NetworkModel | null;

  @Shown({ type: () => ContainerModel, nullable: true, description: 'The container as first inspected after the change.' })
  container!: ContainerModel | null;

  @Shown({ type: () => AttachmentModel, nullable: true, description: 'The attachment as first inspected after it.' })
  attachment!: AttachmentModel | null;

  @Shown({
    type: 'boolean',
    description: 'False where the state is as it last stood, because nothing was left to inspect.',
    example: true,
  })
  stateExact!: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The fields that changed, as they were before; null where nothing stood before.',
  })
  previous!: FairleadEvent['previous'];

  @Shown({ type: () => EventGapModel, nullable: true, description: 'The gap that it begins or ends, or null.' })
  gap!: EventGapModel | null;

  @Shown({ type: () => EngineEventModel, nullable: true, description: 'As the engine sent it; null where it sent none.' })
  engineEvent!: EngineEventModel | null;

  @Shown({
    type: () => EventCauseModel,
    nullable: true,
    description: 'The command of this service that led to it; null where none is known to have.',
  })
  cause!: EventCauseModel | null;
}
