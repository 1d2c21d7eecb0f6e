import { DomainError } from '../errors/domain.error.js';
import type { Attachment } from '../resources/attachment.js';
import type { Engine, EngineFreshness } from '../resources/engine.js';
import type { Network } from '../resources/network.js';
import { EnginePicture } from './engine-picture.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import type { Joined } from './joined-pictures.js';
import type { SwarmView } from './swarm.view.js';

type Basis = readonly unknown[];

/** A graph asks for the engine of every network and container: it is described once for each state of it. */
const described = new WeakMap<EngineSnapshot, { readonly basis: Basis; readonly engine: Engine }>();

/** An engine as its picture shows it. */
export function describeEngine(picture: EnginePicture, snapshot = picture.snapshot()): Engine {
  const { networks, containers, attachments } = snapshot;
  const { observed } = picture;
  // The engine lists no IPAM plugins anywhere (engine-facts 6.4): those in use are what can be known.
  // Network plugins it lists once it has used them, and it is not asked at each network.
  const drivers = networks.map(({ driver }) => driver).filter((driver) => driver !== '');
  const networkDrivers = new Set([...(observed?.networkDrivers ?? []), ...drivers]);
  const ipamDrivers = new Set(['default', 'null', ...networks.map((network) => network.ipam.driver)]);
  return {
    name: picture.engine,
    state: picture.state,
    syncedAt: picture.syncedAt?.toISOString() ?? null,
    version: observed?.version ?? null,
    apiVersion: observed?.apiVersion ?? null,
    platform: observed?.platform ?? null,
    networkDrivers: observed === null ? [] : [...networkDrivers].sort(),
    ipamDrivers: observed === null ? [] : [...ipamDrivers].sort(),
    swarmRole: observed?.swarmRole ?? null,
    swarmProblem: swarmProblemOf(picture),
    problem: picture.problem,
    ...picture.reach,
    counts: {
      networks: networks.length,
      containers: containers.length,
      runningContainers: containers.filter(({ state }) => state === 'running').length,
      attachments: attachments.length,
    },
  };
}

function swarmProblemOf({ swarmTrouble, observed }: EnginePicture): string | null {
  return swarmTrouble?.problem ?? observed?.membership?.problem ?? null;
}

/** What can be read of the pictures of engines, be it all of them or what somebody may see. */
export abstract class PictureReads {
  abstract engineNames(): readonly string[];
  protected abstract find(engine: string): EnginePicture | undefined;
  protected abstract view(): Joined;

  has(engine: string): boolean {
    return this.find(engine) !== undefined;
  }

  /** The same name. Fails with `ENGINE_NOT_FOUND`. */
  requireEngine(engine: string): string {
    return this.picture(engine).engine;
  }

  protected picture(engine: string): EnginePicture {
    const picture = this.find(engine);
    if (picture !== undefined) return picture;
    const known = this.engineNames().join(', ') || 'none';
    throw new DomainError('ENGINE_NOT_FOUND', `There is no engine "${engine}". Known engines: ${known}.`);
  }

  /** The engine to create something on: the one that was named, or the only one. Fails with `VALIDATION_FAILED`. */
  engineFor(engine: string | null | undefined): string {
    if (engine) return this.requireEngine(engine);
    const [only, ...others] = this.engineNames();
    if (only !== undefined && others.length === 0) return only;
    const known = only === undefined ? 'No engine is known' : 'Several engines are known: say on which one';
    throw DomainError.invalid(`${known}.`, { field: 'engine', message: 'is required' });
  }

  /** What an engine shows; its swarm's networks as all engines of the swarm together show them. */
  snapshot(engine: string): EngineSnapshot {
    const snapshot = this.view().snapshots.get(this.requireEngine(engine));
    if (snapshot === undefined) throw new Error(`the view lacks engine ${engine}`);
    return snapshot;
  }

  /**
   * The same for whoever tells what becomes of networks: those of a swarm are there still when an engine has left it and
   * shows them no more.
   */
  sight(engine: string): EngineSnapshot {
    const snapshot = this.snapshot(engine);
    const { swarmNetworks } = this.view();
    return snapshot.swarm === null && swarmNetworks.size > 0 ? { ...snapshot, swarmNetworks } : snapshot;
  }

  /** The swarms of which we know a manager, by their ids. */
  swarms(): readonly SwarmView[] {
    return this.view().swarms;
  }

  /** The swarm that an engine is in; undefined where it is in none, or in one none of whose managers we know. */
  swarmOf(engine: string): SwarmView | undefined {
    return this.swarms().find(({ group }) => group.engines.includes(engine));
  }

  /** A network as an engine shows it; or one of its swarm that the engine does not show (yet). */
  network(engine: string, id: string): Network | undefined {
    const shown = this.snapshot(engine).networkById.get(id);
    return shown ?? this.networksBeyond(engine).find((network) => network.id === id);
  }

  /** The networks of its swarm that an engine does not show: containers can be put on them all the same. */
  networksBeyond(engine: string): readonly Network[] {
    const swarm = this.swarmOf(engine);
    if (swarm === undefined) return [];
    return [...this.view().swarmNetworks.values()].filter(
      ({ engines }) => !engines.includes(engine) && engines.some((other) => swarm.group.engines.includes(other)),
    );
  }

  /** All attachments of a network, on whichever engines it is, those of stopped containers included. */
  attachmentsOf({ id }: Pick<Network, 'id'>): readonly Attachment[] {
    const snapshots = this.snapshots();
    return [
      ...snapshots.flatMap(({ attachmentsByNetwork }) => attachmentsByNetwork.get(id) ?? []),
      ...snapshots.flatMap(({ remoteAttachments }) => remoteAttachments).filter(({ networkId }) => networkId === id),
    ];
  }

  /** Snapshots of one engine, or of all in the order of their names. */
  snapshots(engine?: string): readonly EngineSnapshot[] {
    const names = engine === undefined ? this.engineNames() : [engine];
    return names.map((name) => this.snapshot(name));
  }

  /** How old an answer is that was drawn from one engine, or from all. */
  freshness(engine?: string): readonly EngineFreshness[] {
    const names = engine === undefined ? this.engineNames() : [engine];
    return names.map((name) => {
      const { state, syncedAt } = this.picture(name);
      return { name, state, syncedAt: syncedAt?.toISOString() ?? null };
    });
  }

  engine(name: string): Engine {
    const picture = this.picture(name);
    const { observed, state, problem } = picture;
    const snapshot = this.snapshot(name);
    const made = described.get(snapshot);
    const basis: Basis = [observed, state, problem, picture.swarmTrouble, picture.syncedAt, picture.reach];
    if (made !== undefined && made.basis.every((part, index) => part === basis[index])) return made.engine;
    const engine = describeEngine(picture, snapshot);
    described.set(snapshot, { basis, engine });
    return engine;
  }

  /** For links, which may lead from a past event: an engine that is looked after no longer is shown as such. */
  engineOfPast(name: string): Engine {
    if (this.has(name)) return this.engine(name);
    const picture = new EnginePicture(name, { endpoint: '', source: 'service', tls: false, credentials: [], hostKeys: [] });
    picture.state = 'unreachable';
    picture.problem = 'It is no longer looked after.';
    return { ...describeEngine(picture), endpoint: null };
  }

  engines(): readonly Engine[] {
    return this.engineNames().map((name) => this.engine(name));
  }
}
