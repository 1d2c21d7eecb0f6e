import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { SecretBox } from '../secrets/secret-box.js';
import type { AuditHead } from './audit-record.js';
import { chainedText, type AuditRow, type NewAuditRow } from './audit-row.js';

/** Where a chain begins whose older part retention has taken away. */
export interface Anchor extends AuditHead {
  /** null where nothing was taken away. */
  readonly seal: string | null;
}

/** Somebody else than the service has changed audit records. */
export class ChainBroken extends Error {
  constructor(sequence: number) {
    super(`The audit records are not as they were written, from row ${sequence} on: see npm run audit:verify.`);
    this.name = 'ChainBroken';
  }
}

/** Deleted in one transaction, so that nobody waits long for it. */
const PRUNED_AT_ONCE = 500;
/** What keyed hashes are bound to. */
const ROW = 'audit row';
const ANCHOR = 'audit anchor';

/** The chain of rows: each bears a keyed hash of itself and the one before. */
@Injectable()
export class ChainRepository {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  /** Readies the key, which takes long where it is derived from a text. Fails with `DATABASE_UNAVAILABLE`. */
  async prepare(): Promise<void> {
    try {
      await this.box.keyId();
    } catch (cause) {
      const detail = 'Nothing can be put on record: the secret key can be neither read nor made in the data folder.';
      throw new DomainError('DATABASE_UNAVAILABLE', detail, {}, { cause });
    }
  }

  /** Appends rows behind all that are committed: writers, of other processes too, take turns at the head. */
  async append(rows: readonly NewAuditRow[]): Promise<void> {
    await this.inTurn((transaction, head) => this.chain(transaction, head, rows));
  }

  /** Appends those outcomes whose commands did go on record, and without one. */
  async appendMissing(outcomes: readonly NewAuditRow[]): Promise<void> {
    await this.inTurn(async (transaction, head) => {
      const commands = outcomes.map(({ command }) => command);
      const steps = await transaction.selectFrom('audit_rows').select(['command', 'step']).where('command', 'in', commands).execute();
      const has = (wanted: string, step: string): boolean => steps.some((one) => one.command === wanted && one.step === step);
      const missing = outcomes.filter(({ command }) => has(command, 'begun') && !has(command, 'ended'));
      await this.chain(transaction, head, missing);
    });
  }

  async bounds(): Promise<{ head: AuditHead; anchor: Anchor }> {
    return this.database.read(async (db) => {
      const row = await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow();
      return {
        head: { sequence: row.sequence, mac: row.mac },
        anchor: { sequence: row.pruned_to, mac: row.pruned_mac, seal: row.pruned_seal },
      };
    });
  }

  async rowsAfter(sequence: number, upTo: number, limit: number): Promise<AuditRow[]> {
    return this.database.read((db) =>
      db
        .selectFrom('audit_rows')
        .selectAll()
        .where('sequence', '>', sequence)
        .where('sequence', '<=', upTo)
        .orderBy('sequence')
        .limit(limit)
        .execute(),
    );
  }

  /**
   * Drops one portion of what is too old from the front, and seals where the chain begins now; answers whether there may be
   * more. Fails with `ChainBroken`: what was tampered with stays, or ageing a row would be a way to have it taken away.
   */
  async prune(maxAgeMs: number): Promise<boolean> {
    return this.inTurn(async (transaction, head) => {
      const youngest = await transaction
        .selectFrom('audit_rows')
        .select('sequence')
        .where('recorded_ms', '>=', head.now_ms - maxAgeMs)
        .orderBy('sequence')
        .executeTakeFirst();
      const wanted = youngest === undefined ? head.sequence : youngest.sequence - 1;
      const horizon = Math.min(wanted, head.pruned_to + PRUNED_AT_ONCE);
      if (horizon <= head.pruned_to) return false;
      const mac = await this.requireIntact(transaction, head, horizon);
      const seal = await this.sealOf({ sequence: horizon, mac });
      await transaction.deleteFrom('audit_rows').where('sequence', '<=', horizon).execute();
      await transaction.updateTable('audit_head').set({ pruned_to: horizon, pruned_mac: mac, pruned_seal: seal }).execute();
      return horizon < wanted;
    });
  }

  /** Whether nothing was taken away yet, or this process's key has sealed where the chain begins since. */
  async isSealed({ sequence, mac, seal }: Anchor): Promise<boolean> {
    if (seal === null) return sequence === 0 && mac === '';
    return seal === (await this.sealOf({ sequence, mac }));
  }

  /** Whether a row is as it was written, behind that place. */
  async follows({ mac, ...row }: AuditRow, before: AuditHead): Promise<boolean> {
    return row.sequence === before.sequence + 1 && mac === (await this.macOf(row, before.mac));
  }

  /** Whether a keyed hash was made under the secret key of this process. */
  isOwn(mac: string): Promise<boolean> {
    return this.box.isOwnFingerprint(mac);
  }

  private macOf(row: Omit<AuditRow, 'mac'>, macBefore: string): Promise<string> {
    return this.box.fingerprint(chainedText(row, macBefore), ROW);
  }

  private sealOf({ sequence, mac }: AuditHead): Promise<string> {
    return this.box.fingerprint(JSON.stringify([sequence, mac]), ANCHOR);
  }

  /** Answers the keyed hash of the last of the rows up to that place. */
  private async requireIntact(transaction: Writer, { pruned_to: prunedTo, pruned_mac: prunedMac, pruned_seal: seal }: Head, upTo: number): Promise<string> {
    if (!(await this.isSealed({ sequence: prunedTo, mac: prunedMac, seal }))) throw new ChainBroken(prunedTo);
    const rows = await transaction.selectFrom('audit_rows').selectAll().where('sequence', '<=', upTo).orderBy('sequence').execute();
    let last: AuditHead = { sequence: prunedTo, mac: prunedMac };
    for (const row of rows) {
      if (!(await this.follows(row, last))) throw new ChainBroken(last.sequence + 1);
      last = row;
    }
    if (last.sequence !== upTo) throw new ChainBroken(last.sequence + 1);
    return last.mac;
  }

  private async inTurn<T>(work: (transaction: Writer, head: Head) => Promise<T>): Promise<T> {
    const { nowMs } = this.database.dialect;
    // Not while others wait for the transaction to end.
    await this.prepare();
    return this.database.write(async (transaction) => {
      const head = await transaction
        .updateTable('audit_head')
        .set({ id: 1 })
        .returning(['sequence', 'mac', 'pruned_to', 'pruned_mac', 'pruned_seal', nowMs.as('now_ms')])
        .executeTakeFirstOrThrow();
      return work(transaction, head);
    });
  }

  private async chain(transaction: Writer, head: Head, rows: readonly NewAuditRow[]): Promise<void> {
    if (rows.length === 0) return;
    let { sequence, mac } = head;
    const chained: AuditRow[] = [];
    for (const row of rows) {
      sequence += 1;
      const placed = { ...row, sequence, recorded_ms: head.now_ms };
      mac = await this.macOf(placed, mac);
      chained.push({ ...placed, mac });
    }
    await transaction.insertInto('audit_rows').values(chained).execute();
    await transaction.updateTable('audit_head').set({ sequence, mac }).execute();
  }
}

interface Head extends AuditHead {
  readonly pruned_to: number;
  readonly pruned_mac: string;
  readonly pruned_seal: string | null;
  readonly now_ms: number;
}
