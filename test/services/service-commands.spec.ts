import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { Scope } from '../../src/auth/scopes.js';
import type { ServiceChanges } from '../../src/docker/swarm.gateway.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { inAttempt } from '../../src/inventory/attempt.js';
import { Lister } from '../../src/inventory/listing.js';
import { References } from '../../src/inventory/references.js';
import { VisibleInventory } from '../../src/inventory/visible-inventory.js';
import { ServiceAttempts } from '../../src/services/service.attempts.js';
import { ServiceCommands } from '../../src/services/service.commands.js';
import { ServicesService } from '../../src/services/services.service.js';
import { A_CALLER } from '../builders/a-caller.js';
import { anObservedService, anObservedSwarm } from '../builders/swarm.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';
import { inWholeSight, swarmReferences } from '../inventory/in-whole-sight.js';

let one: SimulatedEngine;
let services: ServicesService;
let settings: { allowImagePull: boolean; allowHostNetwork: boolean };
/** The changes that were written, in order. */
let written: ServiceChanges[];

beforeEach(async () => {
  one = await aSimulatedEngine();
  settings = { allowImagePull: true, allowHostNetwork: false };
  const { inventory } = one;
  const references = swarmReferences(inventory);
  const commands = new ServiceCommands(settings as never, inventory, references, one.commands);
  const visible = new VisibleInventory(inventory);
  services = inWholeSight(new ServicesService(visible, new Lister(visible), new References(visible), references, new ServiceAttempts(references, commands)));
  one.gateway.swarm.told = anObservedSwarm({ services: [anObservedService('web', { labels: { team: 'web' } })] });
  await one.refresher.engine('local');
  written = [];
  one.gateway.swarm.updateService = async (_id, _version, changes) => {
    written.push(changes);
    one.gateway.swarm.told = anObservedSwarm({ services: [anObservedService('web', { version: 2, ...(changes as object) })] });
  };
});

describe('an update of a service', () => {
  it.each([{}, { labels: { team: 'web' } }, { replicas: 1, image: 'fl-busybox:latest', command: null, networks: [], publishedPorts: null }])(
    'by which nothing would be different writes nothing and says so: %j',
    async (input) => {
      const { resource, changed } = await services.update('web', input, { caller: A_CALLER });
      expect({ changed, written, labels: resource.labels }).toEqual({ changed: false, written: [], labels: { team: 'web' } });
    },
  );

  it('is checked against its condition all the same', async () => {
    await expect(services.update('web', {}, { caller: A_CALLER, ifMatch: '"old"' })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
  });

  it('writes what is to be different', async () => {
    const { resource, changed } = await services.update('web', { labels: null }, { caller: A_CALLER });
    expect({ changed, written, labels: resource.labels }).toEqual({ changed: true, written: [{ labels: {} }], labels: {} });
  });

  it('to an image that the manager lacks is for keys that may have images fetched', async () => {
    const caller = { ...A_CALLER, scopes: new Set<Scope>(['containers:manage']) };
    const update = (image: string, as: Caller) => services.update('web', { image }, { caller: as });
    await expect(update('elsewhere:1', caller)).rejects.toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('images:pull') as string });
    expect(written).toEqual([]);
    await update('elsewhere:1', A_CALLER);
    expect(written).toEqual([{ image: 'elsewhere:1' }]);
  });

  it.each([{ image: 'other' }, { command: ['sh'] }])('to %j in the network of the host is for keys that may make containers there, where anybody may', async (input) => {
    const inHost = [{ target: 'n1', predefined: 'host' as const, aliases: [] }];
    one.gateway.swarm.told = anObservedSwarm({ services: [anObservedService('web', { networks: inHost })] });
    await one.refresher.engine('local');
    const scopes: Scope[] = ['containers:manage', 'images:pull'];
    const update = () => services.update('web', input, { caller: { ...A_CALLER, scopes: new Set<Scope>(scopes) } });
    await expect(update()).rejects.toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('containers:host-network') as string });
    scopes.push('containers:host-network');
    await expect(update()).rejects.toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('FAIRLEAD_ALLOW_HOST_NETWORK') as string });
    expect(written).toEqual([]);
    settings.allowHostNetwork = true;
    await update();
    expect(written).toEqual([input]);
  });

  it('of which no outcome is known is looked into even where the service is gone', async () => {
    one.gateway.swarm.told = anObservedSwarm();
    await one.refresher.engine('local');
    const noted = { swarmId: anObservedSwarm().id, id: 'web', name: 'web', changes: { labels: {} } };
    const note = (): Promise<never> => Promise.reject(new Error('is not to be noted again'));
    const again = inAttempt({ noted, silentMs: 120_000, note }, () => services.update('web', { labels: null }, { caller: A_CALLER }));
    const error: unknown = await again.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED', detail: expect.stringContaining('Service web is not as it was to be.') as string });
  });
});
