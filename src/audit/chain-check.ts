import type { AuditHead } from './audit-record.js';
import type { AuditRow } from './audit-row.js';
import type { ChainRepository } from './chain.repository.js';

/** How the chain was found. `sequence` is the first place at which it is not as it was written. */
export type Verdict =
  | { readonly isIntact: true; readonly rows: number; readonly from: number; readonly head: AuditHead; readonly isCompared: boolean }
  | { readonly isIntact: false; readonly sequence: number; readonly problem: string };

export interface CheckOptions {
  /** A place that is known to be good: what comes before it is not looked at. */
  readonly from?: AuditHead | undefined;
  /** Where the chain ended some time ago: that place must still be in it. */
  readonly against?: AuditHead | undefined;
}

const PORTION = 1_000;

/** Reads the chain from its beginning to its present end, while others go on writing to it. */
export async function checkChain(chain: ChainRepository, options: CheckOptions): Promise<Verdict> {
  const { head, anchor } = await chain.bounds();
  if (!(await chain.isSealed(anchor))) {
    return broken(anchor.sequence, await wordsFor(chain, anchor.seal, 'the place to which retention has taken rows away was changed'));
  }
  const start = options.from !== undefined && options.from.sequence > anchor.sequence ? options.from : anchor;
  const walk = new Walk(chain, start, options.against);
  const fault = (await walk.to(head)) ?? walk.missed();
  if (fault === undefined) {
    // What retention has taken away since cannot be compared any more; the seal says that it was as it was written.
    const isCompared = options.against !== undefined && options.against.sequence >= start.sequence;
    return { isIntact: true, rows: walk.rows, from: start.sequence, head, isCompared };
  }
  // Retention may have taken away what was about to be read.
  if ((await chain.bounds()).anchor.sequence > anchor.sequence) return checkChain(chain, options);
  return fault;
}

class Walk {
  rows = 0;
  private last: AuditHead;

  constructor(
    private readonly chain: ChainRepository,
    start: AuditHead,
    private readonly against: AuditHead | undefined,
  ) {
    this.last = start;
  }

  async to(head: AuditHead): Promise<Verdict | undefined> {
    const begun = this.compare();
    if (begun !== undefined) return begun;
    while (this.last.sequence < head.sequence) {
      const portion = await this.chain.rowsAfter(this.last.sequence, head.sequence, PORTION);
      if (portion.length === 0) return broken(this.last.sequence + 1, `${count(head.sequence - this.last.sequence)} missing at the end`);
      for (const row of portion) {
        const fault = (await this.step(row)) ?? this.compare();
        if (fault !== undefined) return fault;
      }
    }
    if (this.last.sequence > head.sequence) return broken(head.sequence + 1, 'the chain ends before the place to begin from');
    return head.mac === this.last.mac ? undefined : broken(head.sequence, 'the end of the chain was changed');
  }

  /** The chain ends before the place that it was to hold. */
  missed(): Verdict | undefined {
    if (this.against === undefined || this.against.sequence <= this.last.sequence) return undefined;
    return broken(this.last.sequence + 1, `the chain once went on to ${this.against.sequence}`);
  }

  private async step(row: AuditRow): Promise<Verdict | undefined> {
    const { sequence } = this.last;
    if (row.sequence !== sequence + 1) return broken(sequence + 1, `${count(row.sequence - sequence - 1)} missing`);
    if (!(await this.chain.follows(row, this.last))) {
      return broken(row.sequence, await wordsFor(this.chain, row.mac, 'it, or its place, was changed'));
    }
    this.last = row;
    this.rows += 1;
    return undefined;
  }

  private compare(): Verdict | undefined {
    if (this.against === undefined || this.against.sequence !== this.last.sequence || this.against.mac === this.last.mac) return undefined;
    return broken(this.last.sequence, 'another row stands where the given head was');
  }
}

function broken(sequence: number, problem: string): Verdict {
  return { isIntact: false, sequence, problem };
}

const count = (rows: number): string => (rows === 1 ? '1 row is' : `${rows} rows are`);

async function wordsFor(chain: ChainRepository, mac: string | null, otherwise: string): Promise<string> {
  if (mac === null || (await chain.isOwn(mac))) return otherwise;
  return 'it was not made under the secret key that this process has';
}
