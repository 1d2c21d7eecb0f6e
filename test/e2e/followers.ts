import type { StartedApp } from '../support/start-app.js';

/** As much of an event as tests look at. */
export interface SeenEvent {
  readonly cursor: string;
  readonly id: string;
  readonly type: string;
  readonly origin: string;
  readonly engine: string;
  readonly stateExact: boolean;
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string };
  readonly gap: { readonly gapId: string; readonly reason: string | null } | null;
}

export interface Follower<T> {
  readonly seen: T[];
  /** Why it ended; undefined while it follows. */
  readonly end: { readonly reason: unknown } | undefined;
  stop(): void;
}

const EVENT = '{ cursor id type origin engine stateExact subject { kind id name } gap { gapId reason } }';

/** Follows a subscription over graphql-ws from the moment at which the server has taken it. */
export function subscribe<T>(app: StartedApp, field: string, query: string, variables: Record<string, unknown> = {}): Follower<T> {
  const follower: { seen: T[]; end: Follower<T>['end']; stop: () => void } = { seen: [], end: undefined, stop: () => undefined };
  follower.stop = app.socket().subscribe<Record<string, T>>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (errors !== undefined) follower.end = { reason: errors };
        else if (data?.[field] !== undefined) follower.seen.push(data[field]);
      },
      error: (reason) => {
        follower.end = { reason };
      },
      complete: () => {
        follower.end ??= { reason: 'complete' };
      },
    },
  );
  return follower;
}

export function subscribeEvents(app: StartedApp, filter: object = {}, after?: string): Follower<SeenEvent> {
  const query = `subscription ($filter: EventFilterInput, $after: String) { events(filter: $filter, after: $after) ${EVENT} }`;
  return subscribe<SeenEvent>(app, 'events', query, { filter, after });
}

/** Follows server-sent events; resolves once the stream is open. */
export async function followSse(
  app: Pick<StartedApp, 'url' | 'key'>,
  query = '',
  headers: Record<string, string> = {},
): Promise<Follower<SeenEvent> & { readonly status: number; readonly frames: string[]; readonly headers: Headers }> {
  const leaving = new AbortController();
  const response = await fetch(`${app.url}/v1/events${query}`, {
    headers: { authorization: `Bearer ${app.key}`, accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  });
  const follower = {
    status: response.status,
    headers: response.headers,
    seen: [] as SeenEvent[],
    frames: [] as string[],
    end: undefined as Follower<SeenEvent>['end'],
    stop: () => leaving.abort(),
  };
  const read = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const frames = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        follower.frames.push(frame);
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (frame.startsWith('id: ') && data !== undefined) follower.seen.push((JSON.parse(data) as { data: SeenEvent }).data);
      }
    }
  };
  read().then(
    () => {
      follower.end = { reason: 'complete' };
    },
    (reason: unknown) => {
      follower.end = { reason };
    },
  );
  return follower;
}

/** `type name` of each event, for reading sequences. */
export function story(events: readonly SeenEvent[]): string[] {
  return events.map(({ type, subject }) => `${type} ${subject.name}`);
}
