import type { FairleadEvent } from '../events/event.js';

/** An event on the wire: CloudEvents 1.0 in its JSON format. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: FairleadEvent;
}

export function toCloudEvent(event: FairleadEvent): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: event.engine === null ? '/webhooks' : `/engines/${event.engine}`,
    type: event.type,
    subject: `${event.subject.kind}s/${event.subject.id}`,
    time: event.time,
    datacontenttype: 'application/json',
    data: event,
  };
}
