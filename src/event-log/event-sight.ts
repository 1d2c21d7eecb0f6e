import type { EventType, Labels } from '../events/event.js';
import type { Selector } from '../sight/selector.js';
import type { Sight } from '../sight/sight.js';
import { matchingTypes, oneLine, type EventMarks, type EventTest } from './event-filter.js';

type End = keyof Pick<EventMarks, 'networkLabels' | 'containerLabels'>;

/** Of these lines one must be there, or none may. */
interface LineRule {
  readonly lines: readonly string[];
  readonly areWanted: boolean;
}

/** Which events a narrowed sight shows; `sightTest` and the log's SQL both read it. */
export interface SightRule {
  /** Events must be of one of these engines; of any where there are none, but never of none. */
  readonly engines: readonly string[];
  /** What each event of a family is about must be known, and the labels of each end must pass `lines`. None where any will do. */
  readonly ends: readonly { readonly types: readonly EventType[]; readonly end: End }[];
  readonly lines: readonly LineRule[];
}

const ABOUT_NETWORKS = matchingTypes(['network.*', 'attachment.*']);
const ABOUT_CONTAINERS = matchingTypes(['container.*', 'attachment.*']);

/**
 * An event is seen by whoever sees its engine and what it is about: the network or the container, for an attachment both.
 * What is about no engine is the service's own, and for whoever sees everything.
 */
export function sightRule({ engines, selector }: Sight): SightRule {
  if (selector === null) return { engines, ends: [], lines: [] };
  const ends = [
    { types: ABOUT_NETWORKS, end: 'networkLabels' },
    { types: ABOUT_CONTAINERS, end: 'containerLabels' },
  ] as const;
  return { engines, ends, lines: selector.requirements.map(lineRule) };
}

function lineRule({ key, is, values }: Selector['requirements'][number]): LineRule {
  const lines = values.length === 0 ? [lineStart(key)] : values.map((value) => `${lineStart(key)}${oneLine(value)}\n`);
  return { lines, areWanted: is === 'in' || is === 'there' };
}

/**
 * Labels as lines, in which a selector finds the same in memory and in either database. Other than in `labelText` an
 * equals sign in a key is not taken for its end: who sees what must not hang on how somebody spells a key.
 */
export function sightText(labels: Labels): string {
  const lines = Object.entries(labels).map(([key, value]) => `${lineStart(key)}${oneLine(value)}`);
  return lines.length === 0 ? '' : `${lines.join('')}\n`;
}

function lineStart(key: string): string {
  return `\n${oneLine(key).replaceAll('=', '\\e')}=`;
}

/** Builds the test once, so that many events can be put to it. */
export function sightTest(sight: Sight): EventTest {
  if (sight.isWhole) return () => true;
  const { ends, lines } = sightRule(sight);
  const passes = (text: string | null): boolean =>
    text !== null && lines.every((rule) => rule.lines.some((line) => text.includes(line)) === rule.areWanted);
  return (logged) => {
    const { engine, type } = logged.event;
    if (engine === null || !sight.seesEngine(engine)) return false;
    return ends.every(({ types, end }) => !types.includes(type) || passes(logged[end]));
  };
}
