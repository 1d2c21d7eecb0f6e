import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toCloudEvent } from '../../src/event-log/cloud-event.js';
import { EVENT_EXAMPLES } from '../../src/event-log/event-examples.js';
import { EVENT_TYPES, type FairleadEvent } from '../../src/events/event.js';
import { payloadValidator } from '../support/event-payloads.js';
import { leadAnEventfulLife } from './eventful-life.js';

/** Told of the service's own webhooks, whatever engines do. */
const OF_ENGINES = EVENT_TYPES.filter((type) => !type.startsWith('webhook.'));

describe('the documented examples of events, beside those of a real engine', () => {
  let told: readonly FairleadEvent[];
  beforeAll(async () => {
    told = await leadAnEventfulLife();
  }, 120_000);

  it.each(OF_ENGINES)('show %s as it is told', (type) => {
    const { event } = EVENT_EXAMPLES[type];
    const real = told.filter((one) => one.type === type);
    // There are several ways to come to an event of most types.
    expect(real.map(headOf)).toContainEqual(headOf(event));
    expect(real.flatMap((one) => differences(event, one))).toEqual([]);
    expect([event, ...real].flatMap(strangers)).toEqual([]);
  });

  it('are described by the schemas that describe the real ones', () => {
    const document = JSON.parse(readFileSync(new URL('../../asyncapi.json', import.meta.url), 'utf8')) as object;
    const validate = payloadValidator(document);
    const wrong = told.flatMap((event) => validate(event.type, toCloudEvent(event)).map((problem) => `${event.type}: ${problem}`));
    expect(wrong).toEqual([]);
    expect(told.length).toBeGreaterThan(OF_ENGINES.length);
  });
});

/** What decides which event it is; how far the engine has come when it is inspected, nobody can tell beforehand. */
function headOf({ type, origin, subject, network, container, attachment, gap, engineEvent }: FairleadEvent): object {
  const states = { network, container, attachment, gap, engineEvent };
  const present = Object.entries(states).filter(([, state]) => state !== null).map(([name]) => name);
  return { type, origin, kind: subject.kind, present, ...(engineEvent && { said: `${engineEvent.type} ${engineEvent.action}` }) };
}

/** Fields that are in one of them only, or hold another kind of value. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  if (one === null || other === null) return [];
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === 0 || other.length === 0 ? [] : differences(one[0], other[0], `${path}[]`);
  }
  if (typeof one !== 'object' || typeof other !== 'object') return typeof one === typeof other ? [] : [path];
  const [fields, others] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
  const isMap = /(labels|options|driverOptions|auxiliaryAddresses|attributes|previous)$/.test(path);
  const all = [...new Set([...Object.keys(fields), ...Object.keys(others)])];
  return all.flatMap((name) => {
    const here = `${path}.${name}`;
    if (name in fields && name in others) return differences(fields[name], others[name], here);
    return isMap ? [] : [here];
  });
}

/** The fields that an event says to have changed are fields of what it is about. */
function strangers({ previous, network, container, attachment }: FairleadEvent): string[] {
  const subject = network ?? container ?? attachment ?? {};
  return Object.keys(previous ?? {}).filter((field) => !(field in subject));
}
