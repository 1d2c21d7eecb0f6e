import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Writer } from '../database/database.js';
import { exposureOf, reachOf } from '../docker/engine-reach.js';
import { DomainError } from '../errors/domain.error.js';
import { JournalRepository } from '../event-log/journal.repository.js';
import { LogWriter } from '../event-log/log-writer.js';
import { engineChange } from '../events/engine-change.js';
import type { EventType, ObservedChange } from '../events/event.js';
import type { Keep } from '../inventory/attempt.js';
import { isPassing } from '../inventory/command-session.js';
import { Inventory } from '../inventory/inventory.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { currentRequest } from '../logging/request-context.js';
import type { Engine } from '../resources/engine.js';
import { EngineProbe } from './engine-probe.js';
import { EngineVault } from './engine-vault.js';
import type { AddEngineInput, UpdateEngineInput } from './engine.inputs.js';
import { alreadyKnown, identityOf, merge, nameTaken, requireName, requireWay, type Way } from './engine.rules.js';
import { EnginesRepository, type StoredEngine } from './engines.repository.js';
import { KeptEngines } from './kept-engines.js';

/** Adds, changes and removes the engines that the service keeps itself, each in one transaction, which keeps its outcome too. */
@Injectable()
export class EngineKeeping {
  constructor(
    private readonly engines: EnginesRepository,
    private readonly kept: KeptEngines,
    private readonly vault: EngineVault,
    private readonly probe: EngineProbe,
    private readonly inventory: Inventory,
    private readonly log: LogWriter,
    private readonly journals: JournalRepository,
  ) {}

  async add({ name, ...given }: AddEngineInput, { dryRun }: WriteOptions, keep: Keep<Outcome<Engine>>): Promise<Outcome<Engine>> {
    requireName(name);
    const way = requireWay(given);
    await this.kept.look();
    if (this.inventory.has(name)) throw nameTaken(name);
    this.requireNew(name, way);
    const { found, warnings } = await this.tryOut(name, way, dryRun);
    if (dryRun) return { resource: found, changed: false, warnings };
    const id = randomUUID();
    const stored = { name, id, revision: 1, ...(await this.vault.seal(id, way)) };
    const outcome = { resource: this.probe.unseen(name, way), changed: true, warnings };
    await this.log.writeFound(async (transaction) => {
      if ((await this.engines.findIn(transaction, name)) !== undefined) throw nameTaken(name);
      await this.requireNewIn(transaction, stored);
      await this.engines.create(transaction, stored);
      await this.journals.revive([name], transaction);
      await keep(transaction, outcome);
      return [told('engine.added', name)];
    });
    await this.kept.look();
    return outcome;
  }

  async update(
    name: string,
    input: UpdateEngineInput,
    { dryRun, ifMatch }: WriteOptions,
    keep: Keep<Outcome<Engine>>,
  ): Promise<Outcome<Engine>> {
    const { stored, shown } = await this.require(name, ifMatch);
    const before = await this.vault.open(stored, input);
    const way = requireWay(merge(before, input));
    if (isDeepStrictEqual(way, before)) return { resource: shown, changed: false, warnings: [] };
    this.requireNew(name, way);
    const { found, warnings } = await this.tryOut(name, way, dryRun);
    if (dryRun) return { resource: { ...shown, ...reachOf(way, 'service'), state: found.state }, changed: false, warnings };
    const resource: Engine = { ...shown, ...reachOf(way, 'service'), state: 'connecting', problem: null };
    const outcome = { resource, changed: true, warnings };
    const next = { ...stored, ...(await this.vault.seal(stored.id, way)), revision: stored.revision + 1 };
    await this.log.writeFound(async (transaction) => {
      await this.requireStanding(transaction, stored);
      await this.requireNewIn(transaction, next);
      await this.engines.update(transaction, next);
      await keep(transaction, outcome);
      return [];
    });
    await this.kept.look();
    return outcome;
  }

  async remove(name: string, { dryRun, ifMatch }: WriteOptions, keep: Keep<Outcome<Engine>>): Promise<Outcome<Engine>> {
    const { stored, shown } = await this.require(name, ifMatch);
    if (dryRun) return { resource: shown, changed: false, warnings: [] };
    const outcome = { resource: shown, changed: true, warnings: [] };
    await this.log.writeFound(async (transaction) => {
      await this.requireStanding(transaction, stored);
      await this.engines.remove(transaction, name);
      const wasConnected = await this.journals.isToldConnected(transaction, name);
      await this.journals.retire(transaction, name);
      await keep(transaction, outcome);
      return [...(wasConnected ? [told('engine.disconnected', name)] : []), told('engine.removed', name)];
    });
    await this.kept.look();
    return outcome;
  }

  /** One that is away may be added: it is looked after from when it answers. Whether it is known cannot be told then. */
  private async tryOut(name: string, way: Way, isTrial = false): Promise<{ found: Engine; warnings: string[] }> {
    const exposure = exposureOf(reachOf(way, 'service'));
    const warnings = exposure === undefined ? [] : [exposure];
    try {
      return { found: await this.probe.look(name, way), warnings };
    } catch (error) {
      if (isTrial || !isPassing(error)) throw error;
      const warning = `${(error as DomainError).detail} It is tried again and again; whether it is looked after under another name already shows then.`;
      return { found: this.probe.unseen(name, way), warnings: [warning, ...warnings] };
    }
  }

  private async require(name: string, ifMatch: string | undefined): Promise<{ stored: StoredEngine; shown: Engine }> {
    await this.kept.look();
    const shown = this.inventory.engine(name);
    if (shown.source === 'settings') {
      const detail = `Engine ${name} comes from the settings of the service, and is changed and taken out there.`;
      throw new DomainError('ENGINE_FROM_SETTINGS', detail, { engine: name });
    }
    requireMatch(ifMatch, shown);
    const stored = await this.engines.find(name);
    if (stored === undefined) throw new DomainError('ENGINE_NOT_FOUND', `There is no engine "${name}" any more.`);
    return { stored, shown };
  }

  /** Fails with `ENGINE_ALREADY_KNOWN` where another one that this process looks after is reached there. */
  private requireNew(name: string, way: Way): void {
    const same = this.kept.nameAt(identityOf(way), name);
    if (same !== undefined) throw alreadyKnown(way.endpoint, same);
  }

  private async requireNewIn(transaction: Writer, { name, identity, endpoint }: StoredEngine): Promise<void> {
    const other = await this.engines.nameAt(transaction, identity, name);
    if (other !== undefined) throw alreadyKnown(endpoint, other);
  }

  private async requireStanding(transaction: Writer, { name, id, revision }: StoredEngine): Promise<void> {
    const standing = await this.engines.findIn(transaction, name);
    if (standing === undefined) throw new DomainError('ENGINE_NOT_FOUND', `There is no engine "${name}" any more.`);
    if (standing.id === id && standing.revision === revision) return;
    throw new DomainError('PRECONDITION_FAILED', 'It was changed by somebody else at the same time. Read it again before you write.');
  }
}

function told(type: EventType, name: string): ObservedChange {
  const { requestId, keyName = null } = currentRequest() ?? {};
  return { ...engineChange(type, name, 'engine'), cause: requestId === undefined ? null : { requestId, keyName } };
}
