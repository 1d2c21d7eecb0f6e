import { Injectable } from '@nestjs/common';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { attempt, type Finding } from '../inventory/attempt.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Found } from '../inventory/references.js';
import { VisibleErrors } from '../inventory/visible-errors.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { NetworkCommands } from './network.commands.js';
import { NetworkElsewhere } from './network.elsewhere.js';
import { creationFinding, pruneFinding, removalFinding, unseenFinding, type Pruned } from './network.findings.js';

interface Unused {
  readonly engine: string;
  readonly networks: readonly Network[];
}

/** Carries out what changes networks, or finds out what became of an earlier try. */
@Injectable()
export class NetworkAttempts {
  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly errors: VisibleErrors,
    private readonly engines: EngineCommands,
    private readonly commands: NetworkCommands,
    private readonly elsewhere: NetworkElsewhere,
  ) {}

  create(plan: () => { engine: string; spec: NetworkSpec }, options: WriteOptions): Promise<Outcome<Network>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const { engine, spec } = plan();
        return { engine, spec, namesakes: this.named(engine, spec.name).map(({ id }) => id) };
      },
      act: ({ engine, spec }) => this.commands.create(engine, spec, options),
      inspect: ({ engine, spec, namesakes }) =>
        this.engines.run(engine, [{ key: lockKey.networkSpace(engine), mode: 'exclusive' }], async (session) => {
          await session.refreshAll();
          const made = this.named(engine, spec.name).filter(({ id }) => !namesakes.includes(id));
          return creationFinding(engine, spec, made);
        }),
    });
  }

  remove(find: () => Found<Network>, options: WriteOptions & { detach?: boolean }): Promise<Outcome<Network>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const found = find();
        return { ...found, attachments: this.attachmentsOf(found) };
      },
      act: (found) => this.elsewhere.removeAfter(found, options, (rest) => this.commands.remove(found, rest)),
      inspect: (before) => this.inspectRemoval(before),
    });
  }

  prune(find: () => readonly Unused[], options: WriteOptions): Promise<Pruned> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => ({ unused: find() }),
      act: ({ unused }) => this.pruneAll(unused, options),
      inspect: async ({ unused }) => {
        for (const { engine, networks } of unused) await this.lookAt(engine, networks);
        const all = unused.flatMap(({ networks }) => networks);
        const isThere = ({ id, engines: [engine = ''] }: Network): boolean => this.inventory.snapshot(engine).networkById.has(id);
        return pruneFinding(all, isThere);
      },
    });
  }

  private async inspectRemoval(
    before: Found<Network> & { readonly attachments: readonly Attachment[] },
  ): Promise<Finding<Outcome<Network>>> {
    const { engine, resource } = before;
    const isThere = await this.engines.run(engine, [{ key: lockKey.network(engine, resource.id), mode: 'exclusive' }], async (session) => {
      await session.refreshNetwork(resource.engineId);
      return this.inventory.snapshot(engine).networkById.has(resource.id);
    });
    if (!isThere) return removalFinding(resource, false, []);
    const forgotten = before.attachments.filter((attachment) => !this.inventory.has(attachment.engine));
    if (forgotten.length > 0) return unseenFinding(resource, forgotten);
    for (const attachment of before.attachments) await this.lookAtContainer(attachment);
    const takenOff = before.attachments.filter(({ id, engine: on }) => !this.inventory.snapshot(on).attachmentById.has(id));
    return removalFinding(resource, true, takenOff);
  }

  private lookAtContainer({ engine, containerId }: Attachment): Promise<void> {
    return this.engines.run(engine, [{ key: lockKey.container(engine, containerId), mode: 'exclusive' }], (session) =>
      session.refreshContainer(containerId),
    );
  }

  private async pruneAll(unused: readonly Unused[], options: WriteOptions): Promise<Pruned> {
    const removed: Network[] = [];
    const warnings: string[] = [];
    for (const { engine, networks } of unused) {
      try {
        this.commands.requireConnected(engine);
        for (const network of networks) await this.pruneOne({ engine, resource: network }, options, { removed, warnings });
      } catch (error) {
        // What was done on the others is to be told.
        if (unused.length === 1 || !(error instanceof DomainError) || error.kind !== 'unavailable') throw error;
        warnings.push(error.detail);
      }
    }
    return { networks: removed, changed: !options.dryRun && removed.length > 0, warnings };
  }

  private async pruneOne(
    unused: Found<Network>,
    { dryRun }: WriteOptions,
    { removed, warnings }: { removed: Network[]; warnings: string[] },
  ): Promise<void> {
    try {
      const { resource } = await this.commands.remove(unused, { dryRun });
      removed.push(resource);
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind === 'unavailable') throw error;
      const told = this.errors.explain(error);
      warnings.push(`${unused.resource.name} on engine ${unused.engine} was kept: ${told.detail}`);
    }
  }

  private lookAt(engine: string, networks: readonly Network[]): Promise<void> {
    const locks = networks.map(({ id }) => ({ key: lockKey.network(engine, id), mode: 'shared' as const }));
    return this.engines.run(engine, locks, async (session) => {
      for (const { engineId } of networks) await session.refreshNetwork(engineId);
    });
  }

  private named(engine: string, name: string): readonly Network[] {
    return this.visible.snapshot(engine).networksByName.get(name) ?? [];
  }

  /** On whichever engine they are; those of tasks on hosts that we do not know are none of ours to take off. */
  private attachmentsOf({ resource }: Found<Network>): readonly Attachment[] {
    return this.inventory
      .attachmentsOf(resource)
      .filter(({ engine, containerId }) => this.inventory.snapshot(engine).containerById.has(containerId));
  }
}
