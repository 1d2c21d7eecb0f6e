import type { Inventory } from '../../src/inventory/inventory.js';
import { SwarmReferences } from '../../src/inventory/swarm-references.js';
import { VisibleInventory } from '../../src/inventory/visible-inventory.js';
import { asSeenBy } from '../../src/sight/current-sight.js';
import { Sight } from '../../src/sight/sight.js';

/** The same service, each of its methods called by somebody who may see everything. */
export function inWholeSight<T extends object>(service: T): T {
  return new Proxy(service, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => asSeenBy(Sight.EVERYTHING, () => (member as (...args: unknown[]) => unknown).apply(target, args));
    },
  });
}

export function swarmReferences(inventory: Inventory): SwarmReferences {
  return inWholeSight(new SwarmReferences(new VisibleInventory(inventory), inventory));
}
