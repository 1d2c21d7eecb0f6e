import { Injectable } from '@nestjs/common';
import { plannedAttachment } from '../attachments/attachment.rules.js';
import { requireHostNetwork, requireScope, type Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import type { ContainerSpec, Created, DockerGateway } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { sharedContainer } from '../inventory/container.view.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { containerPointer, References } from '../inventory/references.js';
import { HIDDEN_MODE, type Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import type { CreateContainerInput } from './container.inputs.js';
import { checkPlacement, settingsOf, warningsFor, type Placement } from './container.rules.js';
import { requireUnclaimedPorts, toPublishedPorts } from './port.rules.js';

/** Creating a container on all its networks and starting it: all of it or nothing. */
@Injectable()
export class ContainerCreation {
  constructor(
    private readonly settings: Settings,
    private readonly inventory: Inventory,
    private readonly references: References,
    private readonly commands: EngineCommands,
  ) {}

  async create(
    engine: string,
    input: CreateContainerInput & { name: string },
    caller: Caller,
    { dryRun }: WriteOptions,
  ): Promise<Outcome<Container>> {
    const { name } = input;
    const placement = this.place(engine, input, caller);
    // Creating and starting is one step to others: an unstarted container does not keep a network from being pruned.
    const locks: LockRequest[] = [
      { key: lockKey.containerName(engine, name), mode: 'exclusive' },
      ...placement.networks.map(({ network }) => ({ key: lockKey.network(engine, network.id), mode: 'shared' as const })),
    ];
    return this.commands.run(engine, locks, async (session) => {
      const current = await this.check(session, input, caller);
      await this.requireImage(session.gateway, input.image, caller, dryRun ?? false);
      const spec = toSpec(input, current);
      const warnings = warningsFor(input, current);
      if (dryRun) return { resource: wouldBe(engine, spec, current), changed: false, warnings };
      const made = await this.make(session, spec, current, input.start ?? true);
      const resource = this.references.container(made.id, engine).resource;
      return { resource, changed: true, warnings: [...new Set([...warnings, ...made.warnings])] };
    });
  }

  /** Where the container is to be, by what its references mean now. Fails with `FORBIDDEN` where that is not for this caller. */
  place(engine: string, input: CreateContainerInput, caller: Caller): Placement {
    const { networks = [], networkMode = 'bridge' } = input;
    const [first] = networks;
    if (first === undefined) return { networkMode: this.mode(engine, networkMode, caller), networks: [] };
    requireScope(caller, 'networks:use', 'The container would be on networks.');
    const specs = settingsOf(networks);
    const found = networks.map(({ network }, index) => ({
      network: this.inReach(network, engine),
      spec: specs[index] ?? {},
    }));
    const { name = 'bridge', engineId = name } = found[0]?.network ?? {};
    // Engines below 25 may have two networks of one name, and a name with a colon would be taken for another mode.
    const isPlain = (this.inventory.snapshot(engine).networksByName.get(name)?.length ?? 0) < 2 && !name.includes(':');
    return { networkMode: isPlain ? name : engineId, networks: found };
  }

  /** As it is, not as the caller sees it: whether it has room does not depend on that. */
  private inReach(ref: string, engine: string): Network {
    const seen = this.references.networkInReach(ref, engine);
    return this.inventory.network(engine, seen.id) ?? seen;
  }

  private mode(engine: string, networkMode: string, caller: Caller): string {
    // A network by its name, which others are on.
    if (networkMode === 'bridge') this.references.network(networkMode, engine);
    if (networkMode === 'host') requireHostNetwork(caller, this.settings, 'The container');
    if (!networkMode.startsWith('container:')) return networkMode;
    const { resource } = this.references.container(networkMode.slice('container:'.length), engine);
    this.requireSeenStack(resource);
    // Whoever shares the stack of a container in host mode is in the host's network as well, over however many hops.
    if (resource.networkMode === 'host' || resource.networkMode.startsWith('container:')) {
      this.mode(engine, resource.networkMode, caller);
    }
    return `container:${resource.id}`;
  }

  /** Whoever shares a stack is wherever it is. */
  private requireSeenStack({ id, name, engine, networkMode, attachments }: Container): void {
    const all = this.inventory.snapshot(engine).containerById.get(id)?.attachments ?? [];
    if (networkMode !== HIDDEN_MODE && all.length === attachments.length) return;
    throw new DomainError('FORBIDDEN', `Container ${name} is on networks, or shares the stack of a container, that this key does not see.`);
  }

  /** Everything that can be known beforehand, on a picture that was just looked at. */
  private async check(session: CommandSession, input: CreateContainerInput & { name: string }, caller: Caller): Promise<Placement> {
    const { engine } = session;
    const { name } = input;
    const before = this.place(engine, input, caller);
    await Promise.all(before.networks.map(({ network }) => session.refreshNetwork(network.engineId)));
    const placement = this.place(engine, input, caller);
    const snapshot = this.inventory.snapshot(engine);
    const [namesake] = snapshot.containersByName.get(name) ?? [];
    if (namesake !== undefined) {
      const detail = `Engine ${engine} has a container named "${name}" already.`;
      throw new DomainError('CONTAINER_NAME_TAKEN', detail, { holder: containerPointer(namesake) });
    }
    const apiVersion = this.inventory.picture(engine).observed?.apiVersion ?? '';
    checkPlacement(placement, { engine, apiVersion }, snapshot);
    if (placement.networkMode.startsWith('container:')) this.requireRunning(engine, placement.networkMode, input);
    for (const { links } of [input, ...(input.networks ?? [])]) this.references.requireLinkTargets(links, engine);
    if (input.start ?? true) requireUnclaimedPorts(toPublishedPorts(input.publishedPorts), snapshot);
    return placement;
  }

  private requireRunning(engine: string, networkMode: string, { start = true }: CreateContainerInput): void {
    const { resource } = this.references.container(networkMode.slice('container:'.length), engine);
    if (!start || resource.state === 'running' || resource.state === 'paused') return;
    const detail = `Container ${resource.name} is ${resource.state}: its network stack can be shared while it runs only.`;
    throw new DomainError('CONTAINER_STATE', detail, { holder: containerPointer(resource) });
  }

  private async requireImage(gateway: DockerGateway, image: string, caller: Caller, dryRun: boolean): Promise<void> {
    if (await gateway.imageExists(image)) return;
    if (!this.settings.allowImagePull) {
      const detail =
        `Engine ${gateway.engine} does not have the image "${image}", and pulling images is off ` +
        '(FAIRLEAD_ALLOW_IMAGE_PULL).';
      throw new DomainError('IMAGE_NOT_FOUND', detail);
    }
    requireScope(caller, 'images:pull', `Engine ${gateway.engine} does not have the image "${image}".`);
    if (!dryRun) await gateway.pullImage(image);
  }

  private async make(session: CommandSession, spec: ContainerSpec, { networks }: Placement, start: boolean) {
    const { id, warnings } = await this.createOnly(session, spec);
    session.touch({ containers: [id], networks: networks.map(({ network }) => network.engineId) });
    try {
      // Engines below API 1.44 take one network at creation (engine-facts 1.7); this way serves all of them.
      for (const { network, spec: endpoint } of networks.slice(1)) {
        // What a worker does not see yet it files under whatever it was called.
        const named = network.engines.includes(session.engine) ? network.engineId : network.name;
        await session.act((gateway) => gateway.connectContainer(named, id, endpoint));
      }
      if (start) await session.act((gateway) => gateway.startContainer(id));
      await session.refreshTouched();
    } catch (error) {
      await session.takeAway(async () => {
        await session.gateway.removeContainer(id, { force: true, volumes: true });
        await session.refreshTouched();
      });
      throw error;
    }
    return { id, warnings };
  }

  /** What an engine made that went away before it could say so is looked for by its name and removed. */
  private async createOnly(session: CommandSession, spec: ContainerSpec): Promise<Created> {
    try {
      return await session.act((gateway) => gateway.createContainer(spec));
    } catch (error) {
      if (error instanceof DomainError && error.extras.outcome === 'unknown') {
        session.owe(async () => {
          await session.refreshAll();
          const [left] = this.inventory.snapshot(session.engine).containersByName.get(spec.name ?? '') ?? [];
          if (left?.state === 'created') await session.gateway.removeContainer(left.id, { force: true, volumes: true });
        });
      }
      throw error;
    }
  }
}

function toSpec(input: CreateContainerInput & { name: string }, { networkMode, networks }: Placement): ContainerSpec {
  const { name, image, command, labels = {}, hostname, dns } = input;
  return {
    name,
    image,
    ...(command === undefined ? {} : { command }),
    labels,
    ...(hostname === undefined ? {} : { hostname }),
    networkMode,
    ...(networks[0] === undefined ? {} : { endpoint: networks[0].spec }),
    dnsServers: dns?.servers ?? [],
    dnsSearch: dns?.search ?? [],
    dnsOptions: dns?.options ?? [],
    extraHosts: input.extraHosts ?? [],
    exposedPorts: (input.exposedPorts ?? []).map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    publishedPorts: toPublishedPorts(input.publishedPorts),
    links: input.links ?? [],
  };
}

/** What creating would make, as far as it can be known beforehand. */
function wouldBe(engine: string, spec: ContainerSpec, { networks }: Placement): Container {
  const name = spec.name ?? DRY_RUN_ID;
  const published = spec.publishedPorts.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const container = { id: DRY_RUN_ID, name, state: 'created' } as const;
  return {
    ...container,
    engine,
    image: spec.image,
    imageId: DRY_RUN_ID,
    command: spec.command ?? [],
    exitCode: null,
    health: null,
    labels: spec.labels,
    hostname: spec.hostname ?? null,
    networkMode: spec.networkMode,
    sharesNetworkOf: sharedContainer(spec.networkMode),
    dns: { servers: spec.dnsServers, search: spec.dnsSearch, options: spec.dnsOptions },
    extraHosts: spec.extraHosts,
    exposedPorts: [...new Set([...spec.exposedPorts, ...published])],
    publishedPorts: spec.publishedPorts,
    links: spec.links,
    createdAt: new Date().toISOString(),
    startedAt: null,
    attachments: networks.map(({ network, spec: settings }) => plannedAttachment(engine, { network, container }, settings)),
  };
}
