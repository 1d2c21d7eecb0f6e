import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Expression {
  readonly at: string;
  readonly regex: RegExp;
}

/** Every regular expression that is written in the source. */
function expressionsIn(file: string): Expression[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ at: `${file}: ${node.text}`, regex: new RegExp(node.text.slice(1, end), node.text.slice(end + 1).replace('g', '')) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const EXPRESSIONS = FILES.flatMap((file) => expressionsIn(join('src', file)));

/** Long enough to see how the time grows; text fields may be four times as long. */
const LENGTH = 1_024;
/** A time that grows with the square of the length is a small part of it; with the cube it is not enough, and beyond that nothing is. */
const LONGEST_MS = 300;

/** Texts that keep an expression going as long as can be: its own letters over and over, and at last one that it does not take. */
function hostileTo({ source }: RegExp, length: number): string[] {
  const pieces = new Set([...source.matchAll(/[\w/:.*,=~ "'-]/g)].map(([letter]) => letter));
  for (const common of ['a', '1', ' ', 'a.', '1.', 'a-', 'a,', ':', 'a/', '\t']) pieces.add(common);
  return [...pieces].flatMap((piece) => ['', '!'].map((end) => piece.repeat(length / piece.length) + end));
}

const trial: { regex: RegExp; text: string } = { regex: /^/, text: '' };
const context = createContext(trial);
const script = new Script('regex.test(text)');

/** Tried again where it was not soon done: others are at work on the machine. */
function isSoonDone(regex: RegExp, text: string): boolean {
  Object.assign(trial, { regex, text });
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      script.runInContext(context, { timeout: LONGEST_MS });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
  }
  return false;
}

const explodes = (regex: RegExp): boolean => hostileTo(regex, LENGTH).some((text) => !isSoonDone(regex, text));

describe('regular expressions in the source', () => {
  it('are soon done with any text', () => {
    expect(EXPRESSIONS.length).toBeGreaterThan(100);
    expect(EXPRESSIONS.filter(({ regex }) => explodes(regex)).map(({ at }) => at)).toEqual([]);
  });

  it.each([/^[a-z](?:[-_]*[a-z]+)*$/, /^(a|a)*$/, /^(\w+\.?)*$/])('would be found where they are not: %s', (regex) => {
    expect(explodes(regex)).toBe(true);
  });
});
