import { Injectable } from '@nestjs/common';
import { requireHostNetwork, requireScope, type Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import type { DockerGateway } from '../docker/docker.gateway.js';
import type { ServiceChanges, ServiceSpec } from '../docker/swarm.gateway.js';
import type { ObservedServiceNetwork } from '../docker/swarm.observed.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { SwarmReferences, type InSwarm } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import { isImageAsked, toImageName } from '../resources/image-name.js';
import type { Network } from '../resources/network.js';
import type { Service } from '../resources/swarm.js';
import { checkSpec, isAsAsked, planned, refuseBeyondAddresses, refuseHeldByContainers, refuseTaken } from './service.rules.js';

/** While the swarm itself, or somebody else, changes a service between a look at it and its update. */
const MOST_TRIES = 5;

/** Of whoever asks, since images may be fetched for some only. */
export interface CallersOptions extends WriteOptions {
  readonly caller: Caller;
}

/** A service that somebody changes. */
interface Changed {
  readonly standing: Service;
  readonly view: SwarmView;
  readonly caller: Caller;
}

interface Update extends CallersOptions {
  readonly session: CommandSession;
  readonly found: InSwarm<Service>;
  readonly change: (standing: InSwarm<Service>) => ServiceChanges;
}

/** Making, changing and removing services through a manager of their swarm, checked on what it tells then. */
@Injectable()
export class ServiceCommands {
  constructor(
    private readonly settings: Settings,
    private readonly inventory: Inventory,
    private readonly references: SwarmReferences,
    private readonly commands: EngineCommands,
  ) {}

  async create(swarmId: string, spec: ServiceSpec, { caller, dryRun }: CallersOptions): Promise<Outcome<Service>> {
    checkSpec(spec);
    requireUse(caller, spec);
    return this.locked(swarmId, spec, async (session, view) => {
      this.check(spec, spec, view);
      await this.requireImage(session.gateway, spec.image, caller);
      if (dryRun) return { resource: wouldBe(spec, view, this.networks(spec, view)), changed: false, warnings: [] };
      const { id, warnings } = await session.act(({ swarm }) => swarm.createService(spec));
      await session.refreshEngine();
      return { resource: this.references.service(id).resource, changed: true, warnings };
    });
  }

  /** `change` tells what is to be different of the service as it stands then. */
  async update(
    found: InSwarm<Service>,
    change: (standing: InSwarm<Service>) => ServiceChanges,
    options: CallersOptions,
  ): Promise<Outcome<Service>> {
    const changes = change(found);
    const spec = planned(found.resource, changes);
    checkSpec(spec, changes);
    requireUse(options.caller, changes);
    return this.locked(found.view.swarm.id, spec, (session) => this.change({ session, found, change, ...options }, MOST_TRIES));
  }

  async remove(found: InSwarm<Service>, { dryRun, ifMatch }: WriteOptions): Promise<Outcome<Service>> {
    return this.locked(found.view.swarm.id, undefined, async (session) => {
      const { resource: standing } = this.references.service(found.resource.id);
      requireMatch(ifMatch, standing);
      if (dryRun) return { resource: standing, changed: false, warnings: [] };
      await session.act(({ swarm }) => swarm.removeService(standing.id));
      await session.refreshEngine();
      return { resource: standing, changed: true, warnings: [] };
    });
  }

  /** Looks at the swarm, for finding out what became of an earlier try. */
  async look<T>(swarmId: string, find: (view: SwarmView) => T): Promise<T> {
    return this.locked(swarmId, undefined, async () => find(this.references.swarm(swarmId).view));
  }

  private async change(update: Update, triesLeft: number): Promise<Outcome<Service>> {
    const { session, found, change, caller, dryRun, ifMatch } = update;
    const now = this.references.service(found.resource.id);
    const view = this.whole(now.view);
    const { resource: standing } = now;
    requireMatch(ifMatch, standing);
    const changes = change(now);
    if (changes.networks !== undefined) requireAllNetworks(standing, view);
    if (isAsAsked(changes, standing)) return { resource: standing, changed: false, warnings: [] };
    this.requireHostAccess(changes, { standing, view, caller });
    const spec = planned(standing, changes);
    checkSpec(spec, changes);
    this.check(spec, changes, view, standing);
    if (changes.image !== undefined && !isImageAsked(changes.image, standing)) await this.requireImage(session.gateway, changes.image, caller);
    if (dryRun) {
      const { image, imageDigest, networks, ...plan } = asPlanned(spec, this.networks(spec, view, standing));
      const resource = {
        ...standing,
        ...plan,
        ...(isImageAsked(spec.image, standing) ? {} : { image, imageDigest }),
        ...(changes.networks !== undefined && { networks }),
      };
      return { resource, changed: false, warnings: [] };
    }
    try {
      await session.act(({ swarm }) => swarm.updateService(standing.id, versionOf(view, standing.id), changes));
    } catch (error) {
      // A version passes also where the swarm notes how an update goes on: only what is shown counts for a condition.
      if (triesLeft <= 1 || !(error instanceof DomainError) || error.code !== 'PRECONDITION_FAILED') throw error;
      await session.refreshEngine();
      return this.change(update, triesLeft - 1);
    }
    await session.refreshEngine();
    return { resource: this.references.service(standing.id).resource, changed: true, warnings: [] };
  }

  /** One change of a swarm's services at a time; its networks cannot be removed meanwhile. */
  private locked<T>(
    swarmId: string,
    spec: ServiceSpec | undefined,
    work: (session: CommandSession, view: SwarmView) => Promise<T>,
  ): Promise<T> {
    const { speaker } = this.references.swarm(swarmId).view.group;
    const networks = (spec?.networks ?? []).map(({ target }): LockRequest => ({ key: lockKey.network(speaker, target), mode: 'shared' }));
    return this.commands.run(speaker, [{ key: lockKey.services(swarmId), mode: 'exclusive' }, ...networks], async (session) => {
      await session.refreshEngine();
      return work(session, this.whole(this.references.swarm(swarmId).view));
    });
  }

  /** With all that is in it, whoever sees it: names and ports are taken by whatever there is. */
  private whole(view: SwarmView): SwarmView {
    return this.inventory.swarms().find(({ swarm }) => swarm.id === view.swarm.id) ?? view;
  }

  private check(spec: ServiceSpec, given: ServiceChanges, view: SwarmView, standing?: Service): void {
    refuseTaken(spec, view, standing?.id);
    const containers = view.group.engines.flatMap((engine) => this.inventory.snapshot(engine).containers);
    refuseHeldByContainers(given.ports ?? [], containers);
    refuseBeyondAddresses(spec, this.networks(spec, view, standing), view, standing);
  }

  /** Not those that the service is on already and that are in no list: those that each node has of its own. */
  private networks(spec: ServiceSpec, view: SwarmView, standing?: Service): readonly Network[] {
    return spec.networks.flatMap(({ target }) => {
      const network = this.inventory.network(view.group.speaker, target);
      if (network === undefined && standing?.networks.some(({ networkId }) => networkId === target)) return [];
      if (network === undefined) throw new DomainError('NETWORK_NOT_FOUND', `There is no network "${target}" in the swarm (any more).`);
      return network;
    });
  }

  /** What a service has of its host, whoever says what runs in it comes by. Fails with `FORBIDDEN`. */
  private requireHostAccess({ image, command }: ServiceChanges, { standing, view, caller }: Changed): void {
    if (isAsAsked({ ...(image !== undefined && { image }), ...(command !== undefined && { command }) }, standing)) return;
    const { hostAccess = [], networks = [] } = view.group.observed.services.find(({ id }) => id === standing.id) ?? {};
    if (hostAccess.length > 0) {
      const detail = `Tasks of service ${standing.name} have ${hostAccess.join(' and ')}: what runs in them is said by whoever gave them that, with the engine's own tools.`;
      throw new DomainError('FORBIDDEN', detail);
    }
    // What no network of the swarm is known by may be the host's.
    const isOfHost = ({ target, predefined }: ObservedServiceNetwork): boolean =>
      predefined === null ? this.inventory.network(view.group.speaker, target) === undefined : predefined === 'host';
    if (networks.some(isOfHost)) requireHostNetwork(caller, this.settings, 'What runs in the tasks');
  }

  /** Nodes fetch images by themselves: where that is not wanted, at least the manager's engine must have it. */
  private async requireImage(gateway: DockerGateway, image: string, caller: Caller): Promise<void> {
    if (this.settings.allowImagePull && caller.scopes.has('images:pull')) return;
    if (await gateway.imageExists(image)) return;
    const lack = `Engine ${gateway.engine} does not have the image "${image}"`;
    if (this.settings.allowImagePull) requireScope(caller, 'images:pull', `${lack}.`);
    throw new DomainError('IMAGE_NOT_FOUND', `${lack}, and pulling images is off (FAIRLEAD_ALLOW_IMAGE_PULL).`);
  }
}

/** As of whoever attaches by hand. Fails with `FORBIDDEN`. */
function requireUse(caller: Caller, { networks }: ServiceChanges): void {
  if (networks !== undefined && networks.length > 0) requireScope(caller, 'networks:use', 'The tasks would be on networks.');
}

/** A list of networks in place of the one before would take it off those that do not show, too. Fails with `FORBIDDEN`. */
function requireAllNetworks({ id, name, networks }: Service, { services }: SwarmView): void {
  if (services.find((service) => service.id === id)?.networks.length === networks.length) return;
  throw new DomainError('FORBIDDEN', `Service ${name} is on networks, too, that this key does not see: they cannot be replaced.`);
}

function versionOf({ group }: SwarmView, id: string): number {
  return group.observed.services.find((service) => service.id === id)?.version ?? 0;
}

/** What creating would make, as far as it can be known beforehand. */
function wouldBe(spec: ServiceSpec, { swarm }: SwarmView, networks: readonly Network[]): Service {
  const now = new Date().toISOString();
  return {
    id: DRY_RUN_ID,
    swarmId: swarm.id,
    name: spec.name,
    mode: spec.replicas === null ? 'global' : 'replicated',
    runningTasks: 0,
    virtualAddresses: [],
    updateState: null,
    updateMessage: null,
    notes: [],
    createdAt: now,
    updatedAt: now,
    ...asPlanned(spec, networks),
  };
}

/** What a service says of itself, shown as it is to be. */
function asPlanned({ image, command, replicas, networks, endpointMode, ports, labels }: ServiceSpec, known: readonly Network[]) {
  return {
    ...toImageName(image),
    command,
    replicas,
    networks: networks.map(({ target, aliases }, index) => ({ networkId: target, networkName: known[index]?.name ?? target, aliases })),
    endpointMode,
    publishedPorts: ports.map(({ targetPort, protocol, publishedPort, publishMode }) => ({
      targetPort,
      protocol: protocol as Service['publishedPorts'][number]['protocol'],
      publishedPort: publishedPort ?? null,
      publishMode,
    })),
    labels,
  };
}
