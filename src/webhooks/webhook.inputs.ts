import { InputType } from '@nestjs/graphql';
import { Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { EventFilterInput } from '../event-log/event.queries.js';
import { Taken, TakenMap } from '../faces/taken.decorator.js';

const ABOUT = {
  url: 'Where events are sent, over `http://` or `https://`. No redirect is followed.',
  description: 'What it is for.',
  filter: 'Which events are sent; all where absent.',
  headers:
    'Headers of its own to send, as `Authorization`. Their values are never shown again; their names are. ' +
    "Those of the connection, `Host`, `Content-…`, `Webhook-…`, `User-Agent` and `Date` are the service's.",
} as const;
const LONGEST_DESCRIPTION = 1024;
// PostgreSQL keeps none in text.
const NO_NUL = /^[^\0]*$/;
const URL_EXAMPLE = 'https://hooks.example.com/fairlead';

@InputType({ description: 'A webhook to create.' })
export class CreateWebhookInput {
  @Taken({ description: ABOUT.url, example: URL_EXAMPLE })
  @MinLength(1)
  url!: string;

  @Taken({ optional: true, description: ABOUT.description, example: 'Tells the DNS server' })
  @MaxLength(LONGEST_DESCRIPTION)
  @Matches(NO_NUL, { message: 'description may hold no NUL' })
  description?: string;

  @Taken({ type: 'boolean', optional: true, description: 'Whether events are sent.', default: true })
  enabled?: boolean;

  @Taken({ type: () => EventFilterInput, optional: true, description: ABOUT.filter })
  filter?: EventFilterInput;

  @TakenMap({ optional: true, description: ABOUT.headers, example: { 'x-tenant': 'blue' } })
  headers?: Record<string, string>;
}

@InputType({ description: 'What to change of a webhook: what is absent stays, null clears.' })
export class UpdateWebhookInput {
  @Taken({ optional: true, description: ABOUT.url, example: URL_EXAMPLE })
  @MinLength(1)
  url?: string;

  @Taken({ clearable: true, description: ABOUT.description, example: 'Tells the DNS server' })
  @MaxLength(LONGEST_DESCRIPTION)
  @Matches(NO_NUL, { message: 'description may hold no NUL' })
  description?: string | null;

  @Taken({
    type: 'boolean',
    optional: true,
    description: 'Disabling calls off what is pending, and nothing is queued until it is enabled again.',
  })
  enabled?: boolean;

  @Taken({ type: () => EventFilterInput, clearable: true, description: `${ABOUT.filter} Replaces the one before.` })
  filter?: EventFilterInput | null;

  @TakenMap({ clearable: true, description: `${ABOUT.headers} They replace those before.`, example: { 'x-tenant': 'blue' } })
  headers?: Record<string, string> | null;

  @Taken({
    optional: true,
    description:
      'Only with `enabled: true` on a disabled webhook: cursor of the event after which to begin, so that what was ' +
      'missed is sent. Begins now where absent.',
  })
  after?: string;
}

@InputType({ description: 'How a secret is to be replaced.' })
export class RotateSecretInput {
  @Taken({
    type: 'integer',
    optional: true,
    description: 'How long the secrets before still sign beside the new one, in seconds, at most 30 days.',
    default: 86_400,
    example: 86_400,
  })
  @Min(0)
  @Max(2_592_000)
  overlapSeconds?: number;
}
