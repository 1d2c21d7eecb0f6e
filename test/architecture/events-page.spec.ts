import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../src/event-log/event-examples.js';
import { renewExamples } from '../../src/event-log/event-page.js';
import { EVENT_TYPES } from '../../src/events/event.js';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

describe('docs/events.md', () => {
  it.each(EVENT_TYPES)('shows %s by an example that tells nothing but what the whole event does', (type) => {
    const block = new RegExp(`### \`${type}\`\n\n.+\n\n\`\`\`json\n([^\`]+)\`\`\``).exec(page)?.[1] ?? '{}';
    const shown = JSON.parse(block) as Record<string, unknown>;
    expect(shown).toMatchObject({ type });
    const isOther = ([path, value]: Leaf): boolean => short(String(at(EVENT_EXAMPLES[type].event, path))) !== value;
    expect(leaves(shown).filter(isOther)).toEqual([]);
  });

  it('is as the code has it', () => {
    expect(renewExamples(page)).toBe(page);
    expect([...page.matchAll(/^### `(.+)`$/gm)].map(([, type]) => type)).toEqual([...EVENT_TYPES]);
  });

  it('shows the receiver as it stands in its file', () => {
    const receiver = readFileSync(new URL('../../docs/examples/receiver.mjs', import.meta.url), 'utf8');
    expect(/```js\n([^`]+)```/.exec(page)?.[1]).toBe(receiver);
  });

  it('links only to files that are there', () => {
    // The page about webhooks comes with them.
    const links = [...page.matchAll(/\]\((?!https?:|#|webhooks\.md)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((path) => !existsSync(new URL(`../../docs/${path}`, import.meta.url)))).toEqual([]);
  });
});

/** Ids are cut in the page. */
function short(text: string): string {
  return text.replaceAll(/([0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}

type Leaf = readonly [path: readonly string[], value: string];

function leaves(value: unknown, path: readonly string[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, content]) => leaves(content, [...path, name]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
}
