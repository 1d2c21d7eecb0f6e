import { GatewayRegistry } from '../../src/docker/gateway-registry.js';
import { EventBus } from '../../src/events/event-bus.js';
import { CommandTraces } from '../../src/inventory/command-traces.js';
import { EngineCommands } from '../../src/inventory/engine-commands.js';
import { ExpectedEvents } from '../../src/inventory/expected-events.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { ObjectLocks } from '../../src/inventory/object-locks.js';
import { Refresher } from '../../src/inventory/refresher.js';
import { A_REACH } from '../builders/a-reach.js';
import { SimulatedGateway } from '../contracts/simulated.gateway.js';
import { aContainerSpec, aNetworkSpec } from '../docker/specs.js';

/** A connected engine in memory with the picture of it and everything that changes either. */
export async function aSimulatedEngine() {
  const gateway = new SimulatedGateway('local');
  const bus = new EventBus();
  const inventory = new Inventory();
  const registry = new GatewayRegistry([{ gateway, reach: A_REACH }]);
  const picture = inventory.add('local', A_REACH);
  const refresher = new Refresher(registry, inventory, bus);
  const locks = new ObjectLocks();
  const expected = new ExpectedEvents();
  await refresher.all('local');
  picture.state = 'connected';
  return {
    gateway,
    bus,
    inventory,
    registry,
    picture,
    refresher,
    locks,
    commands: new EngineCommands(registry, inventory, locks, refresher, bus, new CommandTraces(inventory, expected)),
    expected,
    network: async (name: string): Promise<string> => (await gateway.createNetwork(aNetworkSpec(name))).id,
    container: async (name: string): Promise<string> =>
      (await gateway.createContainer(aContainerSpec({ name, networkMode: 'none' }))).id,
    /** Names of what the picture shows. */
    shown: () => {
      const { containers, networks } = inventory.snapshot('local');
      return [...networks.filter(({ builtin }) => !builtin), ...containers].map(({ name }) => name);
    },
  };
}

export type SimulatedEngine = Awaited<ReturnType<typeof aSimulatedEngine>>;
