import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorKind } from '../errors/error-codes.js';
import { callerFault, internalFault } from '../http/request-failure.js';
import { withNotes, type CommandNotes } from '../inventory/command-notes.js';
import type { AskedCommand } from './asked-command.js';
import { isRemoval } from './audit-actions.js';
import type { AuditOutcome } from './audit-record.js';
import { aRow, plainText, type NewAuditRow } from './audit-row.js';
import { answered, keptState, pointerTo } from './audit-snapshot.js';
import { ChainWriter } from './chain-writer.js';

/** Failures that are not for what the caller asked. */
const FAILED: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['internal', 'engine-error', 'unavailable', 'timeout']);

/** Carries commands out, each with what it is before it begins and what came of it before it is answered on record. */
@Injectable()
export class AuditRecorder {
  constructor(private readonly writer: ChainWriter) {}

  /** Fails with `DATABASE_UNAVAILABLE` before anything is done; after it, where what came of it cannot be put on record. */
  async run(asked: AskedCommand, carryOut: () => Promise<unknown>): Promise<unknown> {
    const command = randomUUID();
    await this.begin(command, asked);
    const notes: CommandNotes = { before: undefined, isReplay: false };
    let result: unknown;
    try {
      result = await withNotes(notes, carryOut);
    } catch (error) {
      const fault = callerFault(error) ?? internalFault();
      await this.end(aRow(command, 'ended', { ...failure(fault), ...states(notes.before, undefined), replayed: Number(notes.isReplay) }), fault);
      throw error;
    }
    await this.end(aRow(command, 'ended', { ...success(asked, result, notes), replayed: Number(notes.isReplay) }));
    return result;
  }

  /** Puts a command on record that was turned away at once. Fails with `DATABASE_UNAVAILABLE`. */
  async refused(asked: AskedCommand, error: unknown): Promise<void> {
    const fault = callerFault(error) ?? internalFault();
    await this.writer.append(aRow(randomUUID(), 'refused', { ...whoAndWhat(asked), ...failure(fault), replayed: 0 }));
  }

  private async begin(command: string, asked: AskedCommand): Promise<void> {
    try {
      await this.writer.append(aRow(command, 'begun', whoAndWhat(asked)));
    } catch (error) {
      // It may be on record all the same, and then must not look as if it had been carried out.
      const code = callerFault(error)?.code ?? 'INTERNAL';
      this.writer.appendLater(aRow(command, 'ended', { outcome: 'failed', code, replayed: 0 }));
      throw error;
    }
  }

  private async end(row: NewAuditRow, fault?: DomainError): Promise<void> {
    try {
      await this.writer.append(row);
    } catch (error) {
      this.writer.appendLater(row);
      throw unrecorded(row, fault, error);
    }
  }
}

function whoAndWhat(asked: AskedCommand): Partial<NewAuditRow> {
  const { caller, face, action, kind, reference, engine, dryRun } = asked;
  return {
    key_id: plainText(caller?.keyId ?? ''),
    key_name: plainText(caller?.name ?? ''),
    subject: orNull(caller?.subject),
    address: plainText(asked.address),
    request_id: plainText(asked.requestId),
    ...{ face, action, kind, reference: orNull(reference), engine: orNull(engine), dry_run: Number(dryRun) },
  };
}

function success({ action, dryRun }: AskedCommand, result: unknown, { before }: CommandNotes): Partial<NewAuditRow> {
  const { resource, changed } = answered(result);
  const isGone = isRemoval(action);
  return {
    outcome: 'succeeded' satisfies AuditOutcome,
    changed: changed === null ? null : Number(changed && !dryRun),
    // A removal answers with what it removed, as that last stood.
    ...states(isGone ? resource : before, isGone ? undefined : resource),
  };
}

function failure({ code, kind, extras }: DomainError): Partial<NewAuditRow> {
  const outcome: AuditOutcome = extras.outcome === 'unknown' ? 'unknown' : FAILED.has(kind) ? 'failed' : 'refused';
  return { outcome, code, changed: outcome === 'refused' ? 0 : null };
}

function states(before: object | undefined, after: object | undefined): Partial<NewAuditRow> {
  const [first, second] = [keptState(before), keptState(after)];
  const { engine, id, name } = pointerTo(after ?? before);
  const omitted = [...new Set([...first.omitted, ...second.omitted])];
  return {
    ...{ before_state: first.text, after_state: second.text, omitted: omitted.length === 0 ? null : JSON.stringify(omitted) },
    ...{ engine: orNull(engine), target_id: orNull(id), target_name: orNull(name) },
  };
}

function orNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : plainText(text);
}

function unrecorded({ outcome }: NewAuditRow, fault: DomainError | undefined, cause: unknown): DomainError {
  const later = 'It goes on record as soon as the database takes it.';
  if (outcome === 'refused') {
    return new DomainError('DATABASE_UNAVAILABLE', `Nothing was done (${fault?.code}), which could not be put on record. ${later}`, {}, { cause });
  }
  const what = fault === undefined ? 'This was carried out' : `This ended with ${fault.code}`;
  const detail = `${what}, but what came of it could not be put on record, and is not shown. ${later} Look before you repeat it.`;
  return new DomainError('DATABASE_UNAVAILABLE', detail, { outcome: 'unknown' }, { cause });
}
