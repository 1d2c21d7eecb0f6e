import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { attempt } from '../inventory/attempt.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Found } from '../inventory/references.js';
import { requireOwnLabels } from '../inventory/sight.rules.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Container } from '../resources/container.js';
import { ContainerCreation } from './container.creation.js';
import { changeFinding, creationFinding, removalFinding } from './container.findings.js';
import type { CreateContainerInput } from './container.inputs.js';
import { ContainerLifecycle, type LifecycleOptions, type LifecycleVerb } from './container.lifecycle.js';
import { checkInput } from './container.rules.js';

/** The engine's own, for a container that does not end by itself. */
const DEFAULT_GRACE_SECONDS = 10;

/** Carries out what changes containers, or finds out what became of an earlier try. */
@Injectable()
export class ContainerAttempts {
  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly engines: EngineCommands,
    private readonly creation: ContainerCreation,
    private readonly lifecycle: ContainerLifecycle,
  ) {}

  create(input: CreateContainerInput, caller: Caller, options: WriteOptions): Promise<Outcome<Container>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => this.plan(input, caller),
      act: ({ engine, name }) => this.creation.create(engine, { ...input, name }, caller, options),
      inspect: ({ engine, name, namesakes, networks }) =>
        this.engines.run(engine, [{ key: lockKey.containerName(engine, name), mode: 'exclusive' }], async (session) => {
          await session.refreshAll();
          const made = this.named(engine, name).find(({ id }) => !namesakes.includes(id));
          return creationFinding({ engine, name, image: input.image, networks, start: input.start ?? true }, made);
        }),
    });
  }

  change(find: () => Found<Container>, verb: LifecycleVerb, options: LifecycleOptions): Promise<Outcome<Container>> {
    const ends = verb === 'stop' || verb === 'restart';
    return attempt({
      dryRun: options.dryRun,
      graceMs: ends ? (options.timeoutSeconds ?? DEFAULT_GRACE_SECONDS) * 1_000 : 0,
      begin: find,
      // Only a restart leaves no other mark than another start, and the picture may not show the last one yet.
      ...(verb === 'restart' ? { lookFirst: (found: Found<Container>) => this.seen(found) } : {}),
      act: (found) => this.lifecycle.change(found, verb, options),
      inspect: async (found) => changeFinding(verb, found.resource, await this.look(found)),
    });
  }

  remove(find: () => Found<Container>, options: WriteOptions & { force?: boolean }): Promise<Outcome<Container>> {
    return attempt({
      dryRun: options.dryRun,
      begin: find,
      act: (found) => this.lifecycle.remove(found, options),
      inspect: async (found) => removalFinding(found.resource, await this.look(found)),
    });
  }

  private plan(input: CreateContainerInput, caller: Caller) {
    checkInput(input);
    const engine = this.visible.engineFor(input.engine);
    requireOwnLabels(input.labels ?? {});
    const networks = this.creation.place(engine, input, caller).networks.map(({ network: { id, name } }) => ({ id, name }));
    // A name of our own makes what an engine may have made before it went away findable.
    const name = input.name ?? `fl-${randomBytes(6).toString('hex')}`;
    return { engine, name, networks, namesakes: this.named(engine, name).map(({ id }) => id) };
  }

  private async seen(found: Found<Container>): Promise<Found<Container>> {
    return { ...found, resource: (await this.look(found)) ?? found.resource };
  }

  private look({ engine, resource: { id } }: Found<Container>): Promise<Container | undefined> {
    return this.engines.run(engine, [{ key: lockKey.container(engine, id), mode: 'exclusive' }], async (session) => {
      await session.refreshContainer(id);
      return this.inventory.snapshot(engine).containerById.get(id);
    });
  }

  private named(engine: string, name: string): readonly Container[] {
    return this.inventory.snapshot(engine).containersByName.get(name) ?? [];
  }
}
