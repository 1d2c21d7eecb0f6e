import { Injectable, Logger } from '@nestjs/common';
import { isAtLeast } from '../docker/api-version.js';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { AttachmentSteps } from '../inventory/attachment-steps.js';
import { isPassing, type CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { containerPointer, networkPointer, References, type Found } from '../inventory/references.js';
import { requestedSettings } from '../inventory/requested-settings.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { heldBy, notRestored, PutBack, withNotRestored, type Taken } from './network.put-back.js';
import { checkNetwork } from './network.rules.js';
import { untilAllocated, untilGone } from './overlay.allocation.js';
import { refuseUsedInSwarm } from './overlay.rules.js';
import { checkPools } from './pool.rules.js';

/** Making and removing networks on an engine, in steps that are taken back when a later one fails. */
@Injectable()
export class NetworkCommands {
  private readonly logger = new Logger(NetworkCommands.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly references: References,
    private readonly commands: EngineCommands,
    private readonly attachments: AttachmentSteps,
    private readonly back: PutBack,
  ) {}

  async create(engine: string, spec: NetworkSpec, { dryRun }: WriteOptions): Promise<Outcome<Network>> {
    // Engines check names and subnets without a lock (engine-facts 0.1): one creation at a time.
    const locks: LockRequest[] = [{ key: lockKey.networkSpace(engine), mode: 'exclusive' }];
    return this.commands.run(engine, locks, async (session) => {
      await session.refreshEngine();
      this.check(engine, spec);
      if (dryRun) return { resource: wouldBe(engine, spec), changed: false, warnings: [] };
      const { id, warnings } = await session.act((gateway) => gateway.createNetwork(spec));
      await session.refreshNetwork(id);
      await untilAllocated(session, id, spec, this.inventory);
      await this.refuseTwin(session, id, spec);
      const resource = this.references.network(id, engine).resource;
      return { resource, changed: true, warnings };
    });
  }

  async remove(
    { engine, resource: network }: Found<Network>,
    { detach, dryRun, ifMatch }: WriteOptions & { detach?: boolean },
  ): Promise<Outcome<Network>> {
    if (network.builtin) {
      throw new DomainError('NETWORK_BUILTIN', `Network ${network.name} belongs to engine ${engine} and stays.`);
    }
    // Whoever attaches to the network holds it too: nobody comes in between the look and the removal.
    const locks: LockRequest[] = [{ key: lockKey.network(engine, network.id), mode: 'exclusive' }];
    return this.commands.run(engine, locks, async (session) => {
      // Which services and tasks are on it, the swarm tells without being asked a second late.
      if (network.scope === 'swarm') await session.refreshEngine();
      const attachments = await this.lookForAttachments(session, network);
      const standing = this.references.network(network.id, engine).resource;
      requireMatch(ifMatch, standing);
      refuseUsedInSwarm(session, standing, this.inventory, detach);
      if (attachments.length > 0 && !detach) throw inUse(engine, standing, attachments);
      this.visible.requireAttachments(attachments);
      if (dryRun) return { resource: standing, changed: false, warnings: [] };
      const taken = await this.detachAll(session, standing, attachments);
      try {
        await session.act((gateway) => gateway.removeNetwork(standing.engineId));
      } catch (error) {
        throw await this.putBack(session, standing, taken, error);
      }
      await session.refreshTouched();
      return { resource: standing, changed: true, warnings: await untilGone(session, standing, { inventory: this.inventory, visible: this.visible }) };
    });
  }

  /** Fails with `ENGINE_UNREACHABLE`: where nothing can be done, nothing found to do would be no answer. */
  requireConnected(engine: string): void {
    this.commands.requireConnected(engine);
  }

  private check(engine: string, spec: NetworkSpec): void {
    const { observed } = this.inventory.picture(engine);
    const snapshot = this.inventory.snapshot(engine);
    const target = { engine, apiVersion: observed?.apiVersion ?? '' };
    checkNetwork(spec, { target, snapshot, swarmRole: observed?.swarmRole ?? null });
    checkPools(spec, { target, snapshot });
  }

  /** Someone else may have taken the name in the same moment: engines below 25 let both have it (engine-facts 0.1). */
  private async refuseTwin(session: CommandSession, id: string, spec: NetworkSpec): Promise<void> {
    const { engine, gateway } = session;
    const picture = this.inventory.picture(engine);
    if (isAtLeast(picture.observed?.apiVersion ?? '', '1.44')) return;
    const known = new Set(picture.networkIds());
    const unknown = (await gateway.listNetworkIds()).filter((listed) => !known.has(listed));
    for (const listed of unknown) await session.refreshNetwork(listed);
    const named = this.inventory.snapshot(engine).networksByName.get(spec.name) ?? [];
    const twin = named.find((network) => network.engineId !== id);
    if (twin === undefined) return;
    await session.takeAway(async () => {
      await gateway.removeNetwork(id);
      await session.refreshNetwork(id);
    });
    const detail = `Another client created a network named "${spec.name}" on engine ${engine} at the same moment.`;
    throw new DomainError('NETWORK_NAME_TAKEN', detail, { holder: networkPointer(engine, twin) });
  }

  /** Asks the engine itself, since its own removal counts only running containers (engine-facts 0.11). */
  private async lookForAttachments(session: CommandSession, network: Network): Promise<readonly Attachment[]> {
    const { engineId, name } = network;
    const containerIds = await session.gateway.listContainerIdsOnNetwork({ id: engineId, name });
    await session.refreshNetwork(engineId);
    // Taking a stopped container off raises no event on engines from 28 on: what the picture shows is looked at too.
    const known = this.inventory.snapshot(session.engine).attachmentsByNetwork.get(network.id) ?? [];
    const suspects = new Set([...containerIds, ...known.map(({ containerId }) => containerId)]);
    for (const id of suspects) await session.refreshContainer(id);
    return this.inventory.snapshot(session.engine).attachmentsByNetwork.get(network.id) ?? [];
  }

  private async detachAll(
    session: CommandSession,
    network: Network,
    attachments: readonly Attachment[],
  ): Promise<readonly Taken[]> {
    const picture = this.inventory.picture(session.engine);
    const taken: Taken[] = [];
    for (const attachment of attachments) {
      const saved = { attachment, settings: requestedSettings(picture, attachment) };
      try {
        await this.attachments.disconnect(session, attachment, { force: false });
      } catch (error) {
        // Where no answer came it may be off all the same.
        const perhaps = isPassing(error) ? [...taken, saved] : taken;
        throw await this.putBack(session, network, perhaps, heldBy(attachment, network, error));
      }
      taken.push(saved);
    }
    return taken;
  }

  /** Attaches again what was detached, and adds to the error what could not be. */
  private async putBack(
    session: CommandSession,
    network: Network,
    taken: readonly Taken[],
    error: unknown,
  ): Promise<unknown> {
    const missing = [];
    for (const each of taken) {
      const attach = async (): Promise<void> => {
        await session.refreshNetwork(network.engineId);
        // The engine may have removed it without being heard: then there is nothing to be put back on.
        if (this.inventory.snapshot(session.engine).networkById.has(network.id)) await this.back.attach(session, network, each);
      };
      try {
        await attach();
      } catch (reason) {
        if (isPassing(reason)) session.owe(attach);
        this.logger.warn(`${each.attachment.containerName} could not be put back on ${network.name}: ${String(reason)}`);
        missing.push(notRestored(each.attachment, reason));
      }
    }
    await session.refreshQuietly();
    return withNotRestored(error, missing);
  }
}

function inUse(engine: string, network: Network, attachments: readonly Attachment[]): DomainError {
  const names = attachments.map(({ containerName, active }) => (active ? containerName : `${containerName} (stopped)`));
  return new DomainError(
    'NETWORK_IN_USE',
    `Containers are attached to network ${network.name}: ${names.join(', ')}. Detach them first, or repeat with detach=true.`,
    {
      blockingContainers: attachments.map(({ containerId: id, containerName: name }) =>
        containerPointer({ id, name, engine }),
      ),
    },
  );
}

/** What creating would make, as far as it can be known beforehand. */
function wouldBe(engine: string, spec: NetworkSpec): Network {
  const isSwarmWide = spec.driver === 'overlay' && !spec.configOnly;
  return {
    id: DRY_RUN_ID,
    engineId: DRY_RUN_ID,
    name: spec.name,
    engines: [engine],
    driver: spec.driver,
    scope: (spec.scope as Network['scope'] | undefined) ?? (isSwarmWide ? 'swarm' : 'local'),
    builtin: false,
    internal: spec.internal,
    attachable: spec.attachable,
    ingress: spec.ingress,
    configOnly: spec.configOnly,
    configFrom: spec.configFrom ?? null,
    ipv4Enabled: spec.ipv4Enabled,
    ipv6Enabled: spec.ipv6Enabled,
    ipam: {
      driver: spec.ipamDriver,
      options: spec.ipamOptions,
      pools: spec.pools.map((pool) => ({
        subnet: pool.subnet ?? '',
        ipRange: pool.ipRange ?? null,
        gateway: pool.gateway ?? null,
        auxiliaryAddresses: pool.auxiliaryAddresses ?? {},
        usage: { capacity: null, inUse: null, free: null },
      })),
    },
    options: spec.options,
    labels: spec.labels,
    createdAt: new Date().toISOString(),
    notes: [],
    attachmentCount: 0,
  };
}
