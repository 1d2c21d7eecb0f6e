import { InputType } from '@nestjs/graphql';
import { AttachmentSettingsFields } from '../faces/attachment-settings.input.js';
import { Taken } from '../faces/taken.decorator.js';

/** The body of a PUT, whose path names both ends. */
@InputType('AttachmentSettingsInput', { description: 'Settings of an attachment.' })
export class AttachmentSettingsInput extends AttachmentSettingsFields {}

@InputType({ description: 'A container to put on a network, and how.' })
export class AttachInput extends AttachmentSettingsFields {
  @Taken({ description: 'The network: id, name or unique id prefix.', example: 'frontend' })
  network!: string;

  @Taken({ description: 'The container: id, name or unique id prefix.', example: 'web' })
  container!: string;

  @Taken({ optional: true, description: 'Engine on which both are to be found; the container decides where absent.' })
  engine?: string;
}
