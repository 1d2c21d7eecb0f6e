import { Injectable } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { once } from '../inventory/attempt.js';
import { page, parseSort, type Listing } from '../inventory/page.js';
import type { ListRequest } from '../inventory/listing.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import { requireEngineInSight, requireEveryLabel } from '../inventory/sight.rules.js';
import type { Engine } from '../resources/engine.js';
import { EngineKeeping } from './engine-keeping.js';
import type { AddEngineInput, UpdateEngineInput } from './engine.inputs.js';

/** Engines: which there are, how they are doing, and which are to be looked after. */
@Injectable()
export class EnginesService {
  constructor(
    private readonly inventory: VisibleInventory,
    private readonly gateways: GatewayRegistry,
    private readonly keeping: EngineKeeping,
  ) {}

  list({ limit = 50, cursor, sort }: ListRequest): Listing<Engine> {
    const keyed = this.inventory.engines().map((engine) => ({ ...engine, id: engine.name }));
    const found = page(keyed, { sort: parseSort(sort, ['name', 'state', 'version']), limit, cursor, tag: 'engines' });
    const items = found.items.map(({ id: _id, ...engine }) => engine);
    const cursorOf = (engine: Engine): string => found.cursorOf({ ...engine, id: engine.name });
    return { ...found, items, cursorOf, engines: this.inventory.freshness() };
  }

  /** Fails with `ENGINE_NOT_FOUND`. */
  get(name: string): Engine {
    return this.inventory.engine(name);
  }

  async add(input: AddEngineInput, options: WriteOptions): Promise<Outcome<Engine>> {
    requireEngineInSight(input.name);
    requireEveryLabel('an engine');
    return once((keep) => this.keeping.add(input, options, keep));
  }

  async update(name: string, input: UpdateEngineInput, options: WriteOptions): Promise<Outcome<Engine>> {
    this.requireChangeable(name);
    return once((keep) => this.keeping.update(name, input, options, keep));
  }

  async remove(name: string, options: WriteOptions): Promise<Outcome<Engine>> {
    this.requireChangeable(name);
    return once((keep) => this.keeping.remove(name, options, keep));
  }

  private requireChangeable(name: string): void {
    this.inventory.requireEngine(name);
    requireEveryLabel('an engine');
  }

  /** Asks the engine itself for an answer. Fails with `ENGINE_UNREACHABLE` or `ENGINE_TIMEOUT`. */
  async test(name: string): Promise<Engine> {
    await this.gateways.get(this.get(name).name).ping();
    return this.get(name);
  }
}
