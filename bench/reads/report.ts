import { conditions } from '../conditions.ts';
import { markdownTable, quantile, round } from '../figures.ts';
import { LOAD_CONNECTIONS, type Samples } from './measure.ts';
import type { ServiceStart } from '../service.ts';
import {
  ENGINE_CHEAPEST, ENGINE_EIGHT, ENGINE_ONE_BY_ONE, EXPECTED, GRAPHQL_ALL, PLAIN_GRAPHQL, PLAIN_REST, REST_BOTH,
  REST_ONE, WAYS,
} from './ways.ts';
import type { Way } from './ways.ts';

export interface Memory {
  /** Connected to an engine with nothing on it. */
  readonly emptyMb: number;
  /** With the picture of all networks and containers, before the first request for them. */
  readonly loadedMb: number;
  readonly afterLoadMb: number;
  /** A few seconds after the load. */
  readonly restedMb: number;
  readonly peakMb: number;
}

export interface Results {
  /** By the name of the way. */
  readonly samples: ReadonlyMap<string, Samples>;
  /** Bytes of one whole answer, by the name of the way. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly memory: Memory;
  readonly starts: { readonly empty: ServiceStart; readonly filled: ServiceStart };
  readonly engineVersion: string;
}

/** What was measured, in Markdown: ratios first. */
export function report(results: Results): string {
  const there =
    `${EXPECTED.networks} networks (3 of them builtin), ${EXPECTED.containers} running containers, ${EXPECTED.attachments} attachments`;
  const where = conditions(results.engineVersion, there);
  const sections = [ratios(results), table(results), plainRatios(results), costs(results), where];
  return `${sections.join('\n\n')}\n`;
}

function ratios(results: Results): string {
  const faces = [REST_ONE, REST_BOTH, GRAPHQL_ALL];
  const rows = [ENGINE_ONE_BY_ONE, ENGINE_EIGHT, ENGINE_CHEAPEST].flatMap((engine) => {
    const times = (figure: (way: Way) => number, [upper, lower]: [Way, Way][number][]): string =>
      `${round(figure(upper as Way) / figure(lower as Way))}×`;
    return [
      [`${engine.name}: slower for one client`, ...faces.map((face) => times((way) => latency(results, way), [engine, face]))],
      [`${engine.name}: more CPU time of the server`, ...faces.map((face) => times((way) => cpu(results, way), [engine, face]))],
      [
        `${engine.name}: less throughput at ${LOAD_CONNECTIONS} connections`,
        ...faces.map((face) => times((way) => throughput(results, way), [face, engine])),
      ],
    ];
  });
  return markdownTable(['Asking the engine itself, compared with', ...faces.map(({ name }) => name)], rows);
}

function table(results: Results): string {
  const header = [
    'Way', 'requests', 'answer', 'one client, median', '95 %', 'CPU of the server', `per second, ${LOAD_CONNECTIONS} connections`,
  ];
  const rows = WAYS.map((way) => {
    const { latenciesMs } = samplesOf(results, way);
    const bytes = results.bytes.get(way.name);
    return [
      way.name, String(way.requests), bytes === undefined ? 'as above' : `${Math.round(bytes / 1000)} kB`,
      `${round(latency(results, way))} ms`, `${round(quantile(latenciesMs, 0.95))} ms`,
      `${round(cpu(results, way))} ms`, round(throughput(results, way)),
    ];
  });
  return markdownTable(header, rows);
}

function plainRatios(results: Results): string {
  const share = (way: Way, plain: Way): string => round(throughput(results, way) / throughput(results, plain));
  return 'Share of the throughput of plain node:http that sends the same bytes from memory: '
    + `REST, 1 call ${share(REST_ONE, PLAIN_REST)}; GraphQL, every field ${share(GRAPHQL_ALL, PLAIN_GRAPHQL)}.`;
}

function costs({ memory, starts }: Results): string {
  const mb = (value: number): string => `${Math.round(value)} MB`;
  const ms = (value: number): string => `${Math.round(value)} ms`;
  return markdownTable(
    ['The service itself', ''],
    [
      ['memory (RSS), connected to an empty engine', mb(memory.emptyMb)],
      ['memory with the whole picture, before any request for it', mb(memory.loadedMb)],
      ['memory at the end of the load', mb(memory.afterLoadMb)],
      ['memory three seconds later', mb(memory.restedMb)],
      ['most memory ever', mb(memory.peakMb)],
      ['process start until it listens, empty engine', ms(starts.empty.listeningMs)],
      ['process start until connected, empty engine', ms(starts.empty.connectedMs)],
      ['process start until it listens, full engine', ms(starts.filled.listeningMs)],
      ['process start until connected (picture complete), full engine', ms(starts.filled.connectedMs)],
    ],
  );
}

function latency(results: Results, way: Way): number {
  return quantile(samplesOf(results, way).latenciesMs, 0.5);
}

function cpu(results: Results, way: Way): number {
  return quantile(samplesOf(results, way).cpuMs, 0.5);
}

function throughput(results: Results, way: Way): number {
  return quantile(samplesOf(results, way).picturesPerSecond, 0.5);
}

function samplesOf({ samples }: Results, { name }: Way): Samples {
  const found = samples.get(name);
  if (found === undefined) throw new Error(`nothing was measured of ${name}`);
  return found;
}
