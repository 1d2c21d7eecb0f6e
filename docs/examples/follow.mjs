// Follows events over GraphQL, and goes on behind the last one after every break. KEY=… BASE=http://… node follow.mjs [cursor]
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

const query = 'subscription ($after: String) { events(after: $after) { cursor type subject { name } } }';
const client = createClient({
  url: `${(process.env.BASE ?? 'http://127.0.0.1:4700').replace('http', 'ws')}/graphql`,
  connectionParams: { Authorization: `Bearer ${process.env.KEY}` },
  // The client would subscribe again with the cursor of the first time.
  retryAttempts: 0,
});

// Kept beside what the events lead to, so that it outlives this process as well.
let after = process.argv[2];
for (;;) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw errors;
      console.log(data.events.type, data.events.subject.name);
      after = data.events.cursor;
    }
  } catch (error) {
    // Close codes: 1001 the service stops, 4413 we were too slow, 4401 the key is wrong.
    if (error?.code === 4401) throw error;
    const expired = [error].flat().find(({ extensions }) => extensions?.code === 'CURSOR_EXPIRED');
    if (expired) {
      console.error('Read the resources anew here: not all that happened since can be told.');
      after = expired.extensions.latestCursor;
    }
  }
  await delay(1000);
}
