import { Selector } from './selector.js';

type Labels = Readonly<Record<string, string>>;

/** What a caller may see: which engines, and on them which networks, containers and services, by their labels. */
export class Sight {
  /** That of whoever is not narrowed. */
  static readonly EVERYTHING = new Sight([], null);

  readonly engines: readonly string[];
  /** Equal for sights that show the same. */
  readonly key: string;

  constructor(
    /** By name; all where there are none. */
    engines: readonly string[],
    readonly selector: Selector | null,
  ) {
    this.engines = [...new Set(engines)].sort();
    this.key = JSON.stringify([this.engines, selector?.text ?? null]);
  }

  /** As it is kept and shown: names of engines, and the text of a selector. */
  static of(engines: readonly string[], selector: string | null): Sight {
    return new Sight(engines, selector === null ? null : Selector.parse(selector));
  }

  get isWhole(): boolean {
    return this.engines.length === 0 && this.selector === null;
  }

  seesEngine(name: string): boolean {
    return this.engines.length === 0 || this.engines.includes(name);
  }

  seesLabels(labels: Labels): boolean {
    return this.selector === null || this.selector.matches(labels);
  }

  /** What both show; undefined where no engine is shown by both. */
  within(other: Sight): Sight | undefined {
    const common = this.engines.filter((name) => other.seesEngine(name));
    if (this.engines.length > 0 && common.length === 0) return undefined;
    const selector = this.selector !== null && other.selector !== null ? this.selector.and(other.selector) : (this.selector ?? other.selector);
    return new Sight(this.engines.length === 0 ? other.engines : common, selector);
  }

  /** Whether it shows all that the other one shows. */
  covers(other: Sight): boolean {
    const isWithin = this.engines.length === 0 || (other.engines.length > 0 && other.engines.every((name) => this.seesEngine(name)));
    return isWithin && (this.selector === null || (other.selector?.implies(this.selector) ?? false));
  }
}
