import { conditions } from '../conditions.ts';
import { markdownTable, median, quantile, round } from '../figures.ts';
import type { Delivered } from './deliveries.ts';
import type { EngineResults } from './events.ts';
import { VIEWS, type LatencySample, type Seen, type View } from './latency.ts';
import type { Sustained } from './sustained.ts';

export interface EventResults extends EngineResults {
  readonly sustained: readonly Sustained[];
  readonly delivered: readonly Delivered[];
}

type Since = 'sinceRequestMs' | 'sinceEventMs';

const OURS: readonly View[] = ['SSE', 'GraphQL subscription'];
const ALL = 'all';

/** What was measured, in Markdown: ratios first. */
export function report(results: EventResults): string {
  const { filled, empty, engineVersion } = results;
  const sections = [
    'Time from the request to the engine until it is known, as a multiple of what `docker events` takes (median of the',
    'single actions; aim: at most 2):', '', ratios(results), '',
    'The same times on an engine with nothing else, and on the full one:', '',
    times(empty, 'sinceRequestMs'), '', times(filled, 'sinceRequestMs'), '',
    "Counted from the engine's own time of the event, in the same order:", '',
    times(empty, 'sinceEventMs'), '', times(filled, 'sinceEventMs'), '',
    'Where the time from the event to the SSE follower goes (medians):', '', whereItGoes(results), '',
    rates(results), '',
    conditions(engineVersion, `each action ${of(empty, actionsIn(empty)[0] ?? ALL).length} times, one at a time, 4 watchers at once`),
  ];
  return `${sections.join('\n')}\n`;
}

function ratios({ empty, filled }: EventResults): string {
  const rows = actionsIn(empty).map((action) => [
    action,
    ...[empty, filled].flatMap((samples) => OURS.map((view) => `${round(ratio(of(samples, action), view, 'sinceRequestMs'))}×`)),
  ]);
  const heads = ['empty engine', 'full engine'].flatMap((engine) => OURS.map((view) => `${view}, ${engine}`));
  return markdownTable(['Action', ...heads], rows);
}

/** The median of the ratios of each single action: what disturbs one action disturbs both. */
function ratio(samples: readonly LatencySample[], view: View, since: Since): number {
  return median(samples.map(({ seen }) => seen[view][since] / seen['docker events'][since]));
}

function times(samples: readonly LatencySample[], since: Since): string {
  const answered = since === 'sinceRequestMs' ? ['answer to the request'] : [];
  const rows = actionsIn(samples).map((action) => {
    const own = of(samples, action);
    return [
      action,
      ...(since === 'sinceRequestMs' ? [middleAndMost(own.map(({ answeredMs }) => answeredMs))] : []),
      ...VIEWS.map((view) => middleAndMost(own.map(({ seen }) => seen[view][since]))),
    ];
  });
  return markdownTable(['Median (95 %), ms', ...answered, ...VIEWS], rows);
}

function whereItGoes({ empty, inMemory, filled }: EventResults): string {
  const columns = [
    ['empty engine', empty],
    ['its database in memory', inMemory],
    ['full engine', filled],
  ] as const;
  const row = (name: string, part: (seen: Seen, sample: LatencySample) => number): string[] => [
    name,
    ...columns.map(([, samples]) => `${round(median(samples.map((sample) => part(sample.seen.SSE, sample))))} ms`),
  ];
  const share = columns.map(([, samples]) => {
    const writing = sum(samples.map(({ seen: { SSE } }) => SSE.sinceEventMs - (SSE.untilRecordedMs ?? NaN)));
    return `${Math.round((writing / sum(samples.map(({ seen }) => seen.SSE.sinceEventMs))) * 100)} %`;
  });
  return markdownTable(['', ...columns.map(([name]) => name)], [
    row("the engine's stream brings it", (_seen, { seen }) => seen["engine's stream"].sinceEventMs),
    row('until it is inspected, understood and taken down', ({ untilRecordedMs }) => untilRecordedMs ?? NaN),
    row('from there until committed and received', ({ sinceEventMs, untilRecordedMs }) => sinceEventMs - (untilRecordedMs ?? NaN)),
    row('in all', ({ sinceEventMs }) => sinceEventMs),
    ['share of committing and sending in the whole', ...share],
  ]);
}

function rates({ sustained, rate, delivered }: EventResults): string {
  const rows = sustained.map(({ database, atOnce, eventsPerSecond, bytes }) => [
    `into ${database}, ${atOnce === 1 ? 'each committed before the next is made' : `a storm, at most ${atOnce} on their way`}`,
    `${Math.round(eventsPerSecond)} per second`,
    `${(bytes / 1000).toFixed(1)} kB each over SSE, to one follower`,
  ]);
  const deliveries = delivered.map(({ endpoints, perSecond, repeated }) => [
    `to ${endpoints === 1 ? 'one webhook' : `${endpoints} webhooks`} on this machine, signed`,
    `${Math.round(perSecond)} per second`,
    `deliveries received${endpoints === 1 ? '' : ', by all of them together'}; ${repeated} came twice`,
  ]);
  return markdownTable(['Sustained', '', ''], [
    ...rows,
    ...deliveries,
    ['a real engine at its busiest sends', `${round(rate.engineEventsPerSecond)} per second`, '4 clients making, filling and removing networks'],
    [
      'and the service tells of it', `${round(rate.toldPerSecond)} per second`,
      `the last of it ${round(rate.behindMs)} ms after the engine's last answer`,
    ],
  ]);
}

function actionsIn(samples: readonly LatencySample[]): string[] {
  return [...new Set(samples.map(({ action }) => action)), ALL];
}

function of(samples: readonly LatencySample[], action: string): readonly LatencySample[] {
  return samples.filter((sample) => action === ALL || sample.action === action);
}

function middleAndMost(values: readonly number[]): string {
  return `${round(median(values))} (${round(quantile(values, 0.95))})`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
