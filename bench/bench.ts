import { measureEvents } from './events/events.ts';
import { options, type Part } from './options.ts';
import { measureReads } from './reads/reads.ts';
import { record } from './record.ts';
import { measureSoak } from './soak/soak.ts';
import { tell } from './tell.ts';

// Leaving by exit lets the engines' and the children's own exit handlers end them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Each measures with servers of its own and answers what it found, as Markdown. */
const MEASURE: Readonly<Record<Part, () => Promise<string>>> = {
  reads: measureReads,
  events: measureEvents,
  soak: measureSoak,
};

for (const part of options.parts) {
  const text = await MEASURE[part]();
  process.stdout.write(`\n${text}`);
  if (!options.record) continue;
  record(part, text);
  tell(`recorded the ${part} in docs/benchmarks.md`);
}
