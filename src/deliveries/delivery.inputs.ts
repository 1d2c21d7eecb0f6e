import { InputType } from '@nestjs/graphql';
import { Taken } from '../faces/taken.decorator.js';

@InputType({ description: 'Which events to send again: those in a range of the log that pass the filter of the webhook.' })
export class RedeliverRangeInput {
  @Taken({ description: 'Cursor of the event after which the range begins.', example: 'mie4yj6a1k7q0000000002s' })
  after!: string;

  @Taken({ optional: true, description: 'Cursor of the last event of the range; the newest where absent.' })
  upTo?: string;
}
