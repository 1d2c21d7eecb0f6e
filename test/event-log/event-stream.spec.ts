import { describe, expect, it } from 'vitest';
import { streamEvents, type StreamOptions } from '../../src/event-log/event-stream.js';

describe('a stream of events', () => {
  it('does not begin for a client that has gone already: nothing would tell that it has', async () => {
    const never = (): never => expect.fail('it began');
    const options: StreamOptions = { headers: {}, ended: new AbortController().signal, open: never, begin: never, enter: never, limits: { heartbeatMs: 1, stallMs: 1 } };
    await streamEvents({ destroyed: true } as never, options);
  });
});
