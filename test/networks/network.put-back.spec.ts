import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import { AttachmentSteps } from '../../src/inventory/attachment-steps.js';
import { PutBack, type Taken } from '../../src/networks/network.put-back.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';

let engine: SimulatedEngine;
let containerId: string;
let attach: () => Promise<void>;

// A half-made endpoint is left by engines on their own networks (engine-facts 0.3), at a moment that no test can choose.
beforeEach(async () => {
  engine = await aSimulatedEngine();
  const networkId = await engine.network('net');
  containerId = await engine.container('web');
  await engine.gateway.startContainer(containerId);
  await engine.gateway.connectContainer(networkId, containerId, {});
  await engine.refresher.all('local');
  const snapshot = engine.inventory.snapshot('local');
  const network = snapshot.networkById.get(networkId)!;
  const attachment = snapshot.attachmentsByNetwork.get(networkId)![0]!;
  const taken: Taken = { attachment, settings: {} };
  await engine.gateway.disconnectContainer(networkId, containerId);
  const putBack = new PutBack(engine.inventory, new AttachmentSteps(engine.inventory));
  attach = () => engine.commands.run('local', [], (session) => putBack.attach(session, network, taken));
});

const endpoints = async (): Promise<unknown> => (await engine.gateway.inspectContainer(containerId))?.endpoints.map(({ networkName }) => networkName);

describe('putting a container back', () => {
  it('attaches it again', async () => {
    await attach();
    expect(await endpoints()).toContain('net');
  });

  it('that fails leaves nothing half-made, with which it could not be started again', async () => {
    engine.gateway.once('connectContainer', async (work) => {
      await work();
      throw new DomainError('ADDRESS_IN_USE', 'Somebody has it.');
    });
    await expect(attach()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(await endpoints()).not.toContain('net');
  });

  it('that is gone meanwhile is nobody\'s failure, and changes nothing', async () => {
    engine.gateway.removeUnseen(containerId);
    await attach();
    expect(engine.gateway.calls.filter((call) => call.startsWith('connectContainer'))).toHaveLength(1);
  });
});
