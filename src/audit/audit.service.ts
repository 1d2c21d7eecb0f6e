import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { Inventory } from '../inventory/inventory.js';
import type { ListRequest } from '../inventory/listing.js';
import { parseSort, type Listing } from '../inventory/page.js';
import type { AuditFilter, AuditHead, AuditRecord } from './audit-record.js';
import { AuditRepository } from './audit.repository.js';
import { ChainRepository } from './chain.repository.js';

const DEFAULT_LIMIT = 50;
/** Records read at once where all are wanted. */
const PORTION = 100;
const CURSOR = /^a(?<sequence>[1-9]\d{0,14})$/;

/** What was done, by whom, and what came of it. */
@Injectable()
export class AuditService {
  constructor(
    private readonly records: AuditRepository,
    private readonly chain: ChainRepository,
    private readonly inventory: Inventory,
  ) {}

  /** Newest first, unless sorted otherwise. Fails with `INVALID_CURSOR`. */
  async list(filter: AuditFilter, { limit = DEFAULT_LIMIT, cursor, sort }: ListRequest): Promise<Listing<AuditRecord>> {
    const isDescending = isNewestFirst(sort, '-time');
    const after = cursor === undefined ? undefined : sequenceOf(cursor);
    const [found, total] = await Promise.all([
      this.records.page(filter, { after, isDescending, limit: limit + 1 }),
      this.records.count(filter),
    ]);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      ...{ items, total, cursorOf, hasPreviousPage: after !== undefined, engines: this.inventory.freshness() },
      nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null,
    };
  }

  /** All that there are by now, in portions; oldest first, unless sorted otherwise. The first portion is there already. */
  async all(filter: AuditFilter, sort: string | undefined): Promise<AsyncIterable<readonly AuditRecord[]>> {
    const isDescending = isNewestFirst(sort, 'time');
    const { sequence: upTo } = await this.head();
    const read = (after?: number): Promise<AuditRecord[]> => this.records.page(filter, { after, isDescending, limit: PORTION, upTo });
    const first = await read();
    return (async function* portions() {
      for (let portion = first; portion.length > 0; portion = await read(portion.at(-1)?.sequence)) yield portion;
    })();
  }

  async head(): Promise<AuditHead> {
    return (await this.chain.bounds()).head;
  }
}

function isNewestFirst(sort: string | undefined, fallback: string): boolean {
  return parseSort(sort ?? fallback, ['time'])[0]?.descending ?? false;
}

function cursorOf({ sequence }: AuditRecord): string {
  return `a${sequence}`;
}

function sequenceOf(cursor: string): number {
  const digits = CURSOR.exec(cursor)?.groups?.sequence;
  if (digits === undefined) throw new DomainError('INVALID_CURSOR', 'The cursor is mangled. Begin again without a cursor.');
  return Number(digits);
}
