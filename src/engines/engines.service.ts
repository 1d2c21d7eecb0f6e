import { Injectable } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { Inventory } from '../inventory/inventory.js';
import { page, parseSort, type Listing } from '../inventory/page.js';
import type { ListRequest } from '../inventory/listing.js';
import type { Engine } from '../resources/engine.js';

/** Engines: which there are, and how they are doing. */
@Injectable()
export class EnginesService {
  constructor(
    private readonly inventory: Inventory,
    private readonly gateways: GatewayRegistry,
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

  /** Asks the engine itself for an answer. Fails with `ENGINE_UNREACHABLE` or `ENGINE_TIMEOUT`. */
  async test(name: string): Promise<Engine> {
    await this.gateways.get(this.get(name).name).ping();
    return this.get(name);
  }
}
