import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('README', () => {
  it('shows every setting that the service reads, with its default and meaning', () => {
    const shown = readme.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
    const wanted = SETTINGS_TABLE.map(
      ({ variable, default: fallback, meaning }) => `| \`${variable}\` | ${fallback} | ${meaning} |`,
    );
    expect(shown).toEqual(wanted);
  });

  it('links only to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});
