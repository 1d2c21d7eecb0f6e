import { afterEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { CommandTraces, EngineTellers } from '../../src/inventory/command-traces.js';
import { CommandTracesRepository } from '../../src/inventory/command-traces.repository.js';
import { ExpectedEvents } from '../../src/inventory/expected-events.js';
import { inRequest } from '../../src/logging/request-context.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { aNetworkSpec } from '../docker/specs.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { aSimulatedEngine } from './simulated-engine.js';

const CAUSE = { requestId: 'r', keyName: 'k' };
const CREATED = aChange('n', { subject: { kind: 'network', id: 'n1', name: 'n' } });

class ToldElsewhere extends EngineTellers {
  isToldHere(): boolean {
    return false;
  }
}

describe.each(DATABASES)('a command whose engine another process tells of, on %s', (_name, make) => {
  const opened: { database: Database; made: TestDatabase }[] = [];
  afterEach(async () => {
    for (const { database, made } of opened.splice(0)) {
      await database.onApplicationShutdown();
      made.drop();
    }
  });

  async function twoProcesses() {
    const made = await make();
    const database = new Database(aDatabaseSettings(made.settings));
    await database.onModuleInit();
    opened.push({ database, made });
    const { gateway, inventory } = await aSimulatedEngine();
    const repository = new CommandTracesRepository(database);
    const own = new ExpectedEvents();
    const theirs = new ExpectedEvents();
    const commanding = new CommandTraces(inventory, own, new ToldElsewhere(), repository).traced(gateway);
    const telling = new CommandTraces(inventory, theirs, undefined, repository);
    return { database, gateway, commanding, telling, own, theirs };
  }

  it('is known there before it is sent, and no longer than it takes', async () => {
    const { gateway, commanding, telling, own, theirs } = await twoProcesses();
    vi.spyOn(gateway, 'createNetwork').mockImplementation(async () => {
      await telling.takeTraces('local');
      expect(theirs.find(CREATED)).toEqual(CAUSE);
      // Taken again it is the same one.
      await telling.takeTraces('local');
      expect(theirs.find(CREATED)).toBeNull();
      throw new Error('refused');
    });
    await inRequest(CAUSE, () => expect(commanding.createNetwork(aNetworkSpec('n'))).rejects.toThrow('refused'));
    expect(own.find(CREATED)).toBeNull();
  });

  it('that is refused is forgotten there', async () => {
    const { gateway, commanding, telling, theirs } = await twoProcesses();
    vi.spyOn(gateway, 'createNetwork').mockImplementation(async () => {
      await telling.takeTraces('local');
      throw new DomainError('NETWORK_NAME_TAKEN', 'taken');
    });
    await inRequest(CAUSE, () => expect(commanding.createNetwork(aNetworkSpec('n'))).rejects.toThrow('taken'));
    await telling.takeTraces('local');
    expect(theirs.find(CREATED)).toBeNull();
  });

  it('is known there likewise where it is one of a swarm', async () => {
    const { gateway, commanding, telling, theirs } = await twoProcesses();
    const ingress = { ...CREATED, subject: { kind: 'network', id: 'n9', name: 'ingress' } } as const;
    vi.spyOn(gateway.swarm, 'init').mockResolvedValue('node');
    await inRequest(CAUSE, () => commanding.swarm.init({ advertiseAddress: '10.0.0.1', listenAddress: '10.0.0.1:2377' }));
    await telling.takeTraces('local');
    expect(theirs.find(ingress)).toEqual(CAUSE);
    expect(theirs.find(ingress)).toBeNull();
  });

  it('goes on where the database cannot take a trace', async () => {
    const { database, commanding } = await twoProcesses();
    await database.onApplicationShutdown();
    expect(await inRequest(CAUSE, () => commanding.createNetwork(aNetworkSpec('n')))).toMatchObject({ warnings: [] });
  });
});
