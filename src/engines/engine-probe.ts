import { Injectable } from '@nestjs/common';
import { reachOf } from '../docker/engine-reach.js';
import { GatewayOpener } from '../docker/gateway-opener.js';
import { EnginePicture } from '../inventory/engine-picture.js';
import { Inventory } from '../inventory/inventory.js';
import { describeEngine } from '../inventory/picture-reads.js';
import type { Engine } from '../resources/engine.js';
import { alreadyKnown, type Way } from './engine.rules.js';

/** Somebody waits for the answer. */
const TIMEOUTS = { pingMs: 3_000, readMs: 5_000 };

/** Looks at an engine by a way that is not in use yet. */
@Injectable()
export class EngineProbe {
  constructor(
    private readonly opener: GatewayOpener,
    private readonly inventory: Inventory,
  ) {}

  /**
   * The engine as it would be shown. Fails with what it cannot be reached for, and with `ENGINE_ALREADY_KNOWN` where it is
   * looked after under another name.
   */
  async look(name: string, way: Way): Promise<Engine> {
    const gateway = this.opener.open({ name, ...way }, { timeouts: TIMEOUTS });
    try {
      const picture = new EnginePicture(name, reachOf(way, 'service'));
      picture.observed = await gateway.connect();
      picture.state = 'connected';
      const networkIds = await gateway.listNetworkIds();
      const twin = this.inventory.followedAs(networkIds, name);
      if (twin !== undefined) throw alreadyKnown(way.endpoint, twin);
      const containers = await gateway.listContainers();
      const counts = {
        networks: networkIds.length,
        containers: containers.length,
        runningContainers: containers.filter(({ state }) => state === 'running').length,
        attachments: containers.reduce((count, { networkNames }) => count + networkNames.length, 0),
      };
      return { ...describeEngine(picture), counts };
    } finally {
      await gateway.close();
    }
  }

  unseen(name: string, way: Way): Engine {
    return describeEngine(new EnginePicture(name, reachOf(way, 'service')));
  }
}
