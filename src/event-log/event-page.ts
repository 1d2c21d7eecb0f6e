import type { FairleadEvent } from '../events/event.js';
import { EVENT_EXAMPLES, type EventExample } from './event-examples.js';

const BEGIN = '<!-- examples: begin. Written by `npm run contract`. -->';
const END = '<!-- examples: end -->';

/** What a reader needs to recognise a resource, and what changes along with the types of events. */
const SHOWN: readonly string[] = ['id', 'name', 'state', 'exitCode', 'health', 'driver', 'active', 'ipv4Address', 'aliases', 'labels'];
const LONGEST_ID = 12;

/** The page about events, with the section of all types and their examples renewed. */
export function renewExamples(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('The page about events has lost the marks around its examples');
  const sections = Object.entries(EVENT_EXAMPLES).map(([type, example]) => section(type, example));
  return `${before}${BEGIN}\n\n${sections.join('\n\n')}\n\n${END}${after}`;
}

function section(type: string, { summary, event }: EventExample): string {
  const lines = Object.entries(shorten(event)).map(([field, value]) => `  "${field}": ${JSON.stringify(value)}`);
  return `### \`${type}\`\n\n${summary}\n\n\`\`\`json\n{\n${lines.join(',\n')}\n}\n\`\`\``;
}

function shorten(event: FairleadEvent): Record<string, unknown> {
  const { type, engine, origin, subject, network, container, attachment, stateExact, previous, gap, engineEvent } = event;
  const states = Object.entries({ network, container, attachment });
  const told = states.flatMap(([name, state]) => (state === null ? [] : [[name, shortenState(state)] as const]));
  return {
    ...{ type, engine, origin, subject: shortenValues(subject) },
    ...Object.fromEntries(told),
    ...(stateExact ? {} : { stateExact }),
    ...(previous && { previous: shortenValues(previous) }),
    ...(gap && { gap }),
    ...(engineEvent && {
      engineEvent: { ...engineEvent, attributes: shortenValues(engineEvent.attributes) },
    }),
  };
}

function shortenState(state: object): Record<string, unknown> {
  const fields = Object.entries(state).filter(([name, value]) => SHOWN.includes(name) && !isEmpty(value));
  return shortenValues(Object.fromEntries(fields));
}

function shortenValues(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, short(value)]));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function short(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replaceAll(/[0-9a-f]{64}/g, (id) => `${id.slice(0, LONGEST_ID)}…`);
}
