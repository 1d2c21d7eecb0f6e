import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type * as Setup from '../../src/app.setup.ts';
import type * as Keys from '../../src/auth/api-keys.ts';
import type * as Settings from '../../src/config/load-settings.ts';
import type * as Tail from '../../src/event-log/log-tail.ts';
import type * as Journals from '../../src/events/engine-journal.ts';
import type * as Events from '../../src/events/event.ts';
import type * as State from '../../src/health/service-state.ts';
import { anEntry, INVENTED_ENGINE } from './journal-entries.ts';

/**
 * The built service with nothing to watch. `GET /?seconds=…&atOnce=…` (or `events=…`) on its second port writes invented
 * entries into its log by the way that the watcher takes, with at most so many on their way to the database.
 */
type Built = typeof Setup & typeof Keys & typeof Settings & typeof State & typeof Journals & typeof Events & typeof Tail;

const MODULES = [
  'app.setup', 'auth/api-keys', 'config/load-settings', 'event-log/log-tail', 'events/engine-journal', 'events/event',
  'health/service-state',
];

const built = Object.assign({}, ...(await Promise.all(MODULES.map(load)))) as Built;
const app = await built.createApp(built.loadSettings());
await app.get(built.ApiKeys).open();
await app.listen(0, '127.0.0.1');
app.get(built.ServiceState).serve();
const tail = app.get(built.LogTail);
const journal = await openJournal();

/** Each measurement goes on where the last one ended. */
let written = 0;

export interface Written {
  readonly events: number;
  readonly seconds: number;
}

const control = createServer((incoming, answer) => {
  const { searchParams } = new URL(incoming.url ?? '', 'http://localhost');
  const numberOf = (name: string): number => Number(searchParams.get(name) ?? Infinity);
  void write({ seconds: numberOf('seconds'), events: numberOf('events'), atOnce: numberOf('atOnce') })
    .then((result) => answer.end(JSON.stringify(result)));
});
control.listen(0, '127.0.0.1', () => {
  process.stdout.write(`written by http://127.0.0.1:${(control.address() as AddressInfo).port}\n`);
  process.stdout.write(`served at http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}\n`);
});

async function write(wanted: { seconds: number; events: number; atOnce: number }): Promise<Written> {
  const begin = performance.now();
  const from = tail.last;
  let last = from;
  while (last - from < wanted.events && performance.now() - begin < wanted.seconds * 1000) {
    for (; last - tail.last < wanted.atOnce && last - from < wanted.events; last += 1) {
      journal.write(anEntry(written, built.SEEN_BY));
      written += 1;
    }
    await tail.arrival();
    // As when engines' events come in: those who follow have their turn in between.
    await setImmediate();
  }
  while (tail.last < last) await tail.arrival();
  return { events: last - from, seconds: (performance.now() - begin) / 1000 };
}

function openJournal(): Promise<Journals.EngineJournal> {
  const { promise, resolve } = Promise.withResolvers<Journals.EngineJournal>();
  void app.get(built.EngineJournals).open(INVENTED_ENGINE, resolve, new AbortController().signal);
  return promise;
}

async function load(name: string): Promise<object> {
  return (await import(join(import.meta.dirname, `../../dist/${name}.js`))) as object;
}
