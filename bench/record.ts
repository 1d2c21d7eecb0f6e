import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from './options.ts';

const RECORD = join(import.meta.dirname, '../docs/benchmarks.md');

/** Writes what was measured in place of what was measured before, in the part's section of docs/benchmarks.md. */
export function record(part: Part, text: string): void {
  writeFileSync(RECORD, insert(readFileSync(RECORD, 'utf8'), part, text));
}

function insert(document: string, part: Part, text: string): string {
  const [begin, end] = [`<!-- measured ${part}: begin -->`, `<!-- measured ${part}: end -->`];
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the record needs ${begin} and ${end}`);
  return `${before}${begin}\n\n${text}\n${end}${after}`;
}
