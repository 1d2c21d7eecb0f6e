/** What one part of a selector asks of one label. */
export interface Requirement {
  readonly key: string;
  readonly is: 'in' | 'notin' | 'there' | 'absent';
  /** Sorted; empty for `there` and `absent`. */
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

const LONGEST = 1_000;
const MOST_REQUIREMENTS = 20;

const KEY = String.raw`[A-Za-z0-9_][A-Za-z0-9_./-]*`;
const VALUE = String.raw`[A-Za-z0-9_./:@+-]*`;
const FORMS: readonly (readonly [RegExp, (key: string, values: readonly string[]) => Requirement])[] = [
  [new RegExp(`^(?<key>${KEY})$`), (key) => ({ key, is: 'there', values: [] })],
  [new RegExp(`^!\\s*(?<key>${KEY})$`), (key) => ({ key, is: 'absent', values: [] })],
  [new RegExp(`^(?<key>${KEY})\\s*==?\\s*(?<values>${VALUE})$`), (key, values) => ({ key, is: 'in', values })],
  [new RegExp(`^(?<key>${KEY})\\s*!=\\s*(?<values>${VALUE})$`), (key, values) => ({ key, is: 'notin', values })],
  [new RegExp(`^(?<key>${KEY})\\s+in\\s*\\((?<values>[^()]*)\\)$`), (key, values) => ({ key, is: 'in', values })],
  [new RegExp(`^(?<key>${KEY})\\s+notin\\s*\\((?<values>[^()]*)\\)$`), (key, values) => ({ key, is: 'notin', values })],
];
const WHOLE_VALUE = new RegExp(`^${VALUE}$`);

/** A text that is no label selector; the message says which part. */
export class SelectorError extends Error {}

/**
 * Which labels are meant, written like Kubernetes' label selectors: `team=a,env in (dev,test),!legacy`. All parts must
 * hold; `!=` and `notin` hold where there is no such label.
 */
export class Selector {
  private constructor(
    readonly requirements: readonly Requirement[],
    /** In one spelling: equal texts mean equal selectors. */
    readonly text: string,
  ) {}

  /** Fails with `SelectorError`. */
  static parse(text: string): Selector {
    if (text.length > LONGEST) throw new SelectorError(`must have at most ${LONGEST} characters`);
    const requirements = splitOutside(text).map(parseRequirement);
    if (requirements.length > MOST_REQUIREMENTS) throw new SelectorError(`must have at most ${MOST_REQUIREMENTS} parts`);
    return Selector.of(requirements);
  }

  private static of(requirements: readonly Requirement[]): Selector {
    const byText = new Map(requirements.map((requirement) => [write(requirement), requirement]));
    const texts = [...byText.keys()].sort();
    return new Selector(texts.map((each) => byText.get(each)).filter((each) => each !== undefined), texts.join(','));
  }

  /** What both mean; of two that are as long as may be it is longer than one may be. */
  and(other: Selector): Selector {
    return Selector.of([...this.requirements, ...other.requirements]);
  }

  matches(labels: Labels): boolean {
    return this.requirements.every((requirement) => holds(requirement, labels));
  }

  /** Whether whatever matches this matches the other one too; false also where that cannot be told part by part. */
  implies(other: Selector): boolean {
    return other.requirements.every((wanted) => this.requirements.some((own) => impliesRequirement(own, wanted)));
  }
}

/** Commas within parentheses separate values. */
function splitOutside(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseRequirement(part: string): Requirement {
  if (part === '') throw new SelectorError('must hold something between its commas, as in "team=a,env in (dev,test)"');
  for (const [form, make] of FORMS) {
    const { key, values } = form.exec(part)?.groups ?? {};
    if (key !== undefined) return make(key, values === undefined ? [] : parseValues(values, part));
  }
  throw new SelectorError(`is not understood at "${part}"; parts are key=value, key!=value, key in (a,b), key notin (a,b), key, !key`);
}

function parseValues(text: string, part: string): string[] {
  const values = text.split(',').map((value) => value.trim());
  const wrong = values.find((value) => !WHOLE_VALUE.test(value));
  if (wrong !== undefined) throw new SelectorError(`cannot take the value "${wrong}" in "${part}"`);
  return [...new Set(values)].sort();
}

function write({ key, is, values }: Requirement): string {
  const [only] = values;
  switch (is) {
    case 'there':
      return key;
    case 'absent':
      return `!${key}`;
    case 'in':
      return values.length === 1 ? `${key}=${only}` : `${key} in (${values.join(',')})`;
    case 'notin':
      return values.length === 1 ? `${key}!=${only}` : `${key} notin (${values.join(',')})`;
  }
}

function holds({ key, is, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (is) {
    case 'there':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
  }
}

function impliesRequirement(own: Requirement, wanted: Requirement): boolean {
  if (own.key !== wanted.key) return false;
  switch (wanted.is) {
    case 'there':
      return own.is === 'there' || own.is === 'in';
    case 'absent':
      return own.is === 'absent';
    case 'in':
      return own.is === 'in' && own.values.every((value) => wanted.values.includes(value));
    case 'notin':
      if (own.is === 'in') return !own.values.some((value) => wanted.values.includes(value));
      return own.is === 'absent' || (own.is === 'notin' && wanted.values.every((value) => own.values.includes(value)));
  }
}
