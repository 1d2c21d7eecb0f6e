import { slope } from '../figures.ts';
import { residentMegabytes } from '../process-figures.ts';
import type { Service } from '../service.ts';
import { rest, tell } from '../tell.ts';

export interface MemorySample {
  readonly atSeconds: number;
  readonly residentMb: number;
  /** The least of the JavaScript heap since the last sample: what was left when it had been cleaned up. */
  readonly heapMb: number;
}

/** What one kind of memory did after the warm-up. */
export interface Course {
  readonly firstMb: number;
  readonly lastMb: number;
  /** Of the line that fits best. */
  readonly slopeMbPerHour: number;
  /** Between the most and the least. */
  readonly spreadMb: number;
}

const SAMPLE_SECONDS = 10;
const LOOK_MS = 1_000;

export async function sampleMemory(service: Service, seconds: number): Promise<MemorySample[]> {
  const client = service.client(1);
  const samples: MemorySample[] = [];
  const begin = performance.now();
  let heapMb = Infinity;
  for (let elapsed = 0; elapsed < seconds; ) {
    await rest(LOOK_MS);
    heapMb = Math.min(heapMb, heapIn(String(await client.get('/metrics'))));
    elapsed = (performance.now() - begin) / 1000;
    if (elapsed < (samples.length + 1) * SAMPLE_SECONDS) continue;
    const sample = { atSeconds: elapsed, residentMb: residentMegabytes(service.child.pid), heapMb };
    samples.push(sample);
    if (samples.length % 6 === 0) tell(`${Math.round(elapsed)} s: ${Math.round(sample.residentMb)} MB, heap ${Math.round(heapMb)} MB`);
    heapMb = Infinity;
  }
  client.close();
  return samples;
}

export function courseOf(samples: readonly MemorySample[], of: 'residentMb' | 'heapMb'): Course {
  const values = samples.map((sample) => sample[of]);
  return {
    firstMb: values[0] ?? NaN,
    lastMb: values.at(-1) ?? NaN,
    slopeMbPerHour: slope(samples.map((sample) => ({ x: sample.atSeconds / 3600, y: sample[of] }))),
    spreadMb: Math.max(...values) - Math.min(...values),
  };
}

function heapIn(metrics: string): number {
  const bytes = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1];
  if (bytes === undefined) throw new Error('the metrics show no heap');
  return Number(bytes) / 1024 ** 2;
}
