import { isDeepStrictEqual } from 'node:util';
import type { ToldRow } from '../events/engine-journal.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container, ContainerState } from '../resources/container.js';
import type { Network } from '../resources/network.js';

export interface ToldEngine {
  readonly connected: boolean;
}

export interface ToldNetwork {
  readonly name: string;
  /** null where it was gone before it could be inspected. */
  readonly view: Network | null;
}

export interface ToldContainer {
  readonly name: string;
  /** As the last told event left it; the view may know better already. */
  readonly state: ContainerState;
  readonly health: string | null;
  readonly view: Container | null;
}

export interface ToldAttachment {
  readonly networkId: string | null;
  readonly containerId: string;
  /** `<network name>/<container name>` */
  readonly name: string;
  readonly active: boolean;
  readonly view: Attachment | null;
}

export function toldContainer(view: Container): ToldContainer {
  return { name: view.name, state: view.state, health: view.health, view };
}

export function attachmentName(view: Pick<Attachment, 'networkName' | 'containerName'>): string {
  return `${view.networkName}/${view.containerName}`;
}

export function toldAttachment(view: Attachment): ToldAttachment {
  return {
    networkId: view.networkId,
    containerId: view.containerId,
    name: attachmentName(view),
    active: view.active,
    view,
  };
}

/** A map that knows which of its entries have changed. */
class NotedMap<T extends object> extends Map<string, T> {
  private readonly changed = new Set<string>();

  override set(id: string, known: T): this {
    this.changed.add(id);
    return super.set(id, known);
  }

  override delete(id: string): boolean {
    this.changed.add(id);
    return super.delete(id);
  }

  override clear(): void {
    for (const id of this.keys()) this.changed.add(id);
    super.clear();
  }

  takeChanges(kind: ToldRow['kind']): ToldRow[] {
    const rows = [...this.changed].map((id) => ({ kind, id, known: this.get(id) ?? null }));
    this.changed.clear();
    return rows;
  }
}

/** The state of one engine as those who follow its events know it. */
export class Told {
  readonly engines = new NotedMap<ToldEngine>();
  readonly networks = new NotedMap<ToldNetwork>();
  readonly containers = new NotedMap<ToldContainer>();
  readonly attachments = new NotedMap<ToldAttachment>();

  /** What was kept of it. */
  static from(rows: readonly ToldRow[]): Told {
    const told = new Told();
    const maps = { engine: told.engines, network: told.networks, container: told.containers, attachment: told.attachments };
    for (const { kind, id, known } of rows) if (known !== null) maps[kind].set(id, known as never);
    told.takeChanges();
    return told;
  }

  /** Takes a snapshot as known without a word: for those who begin with the picture. */
  adopt(snapshot: EngineSnapshot): void {
    this.networks.clear();
    this.containers.clear();
    this.attachments.clear();
    for (const network of snapshot.networks) this.networks.set(network.id, { name: network.name, view: network });
    for (const container of snapshot.containers) this.containers.set(container.id, toldContainer(container));
    for (const attachment of snapshot.attachments) this.attachments.set(attachment.id, toldAttachment(attachment));
  }

  /** What has changed since this was asked last. */
  takeChanges(): ToldRow[] {
    return [
      ...this.engines.takeChanges('engine'),
      ...this.networks.takeChanges('network'),
      ...this.containers.takeChanges('container'),
      ...this.attachments.takeChanges('attachment'),
    ];
  }

  attachmentsOf(owner: 'networkId' | 'containerId', id: string): readonly (readonly [string, ToldAttachment])[] {
    return [...this.attachments].filter(([, attachment]) => attachment[owner] === id);
  }
}

/**
 * What a network is by itself: how full it is changes with its attachments, which have events of their own, and so does
 * which engines show it. When one was made does not change; an engine that begins to take part in one of a swarm tells since when it does.
 */
function ownFactsOfNetwork(network: Network): Record<string, unknown> {
  const { attachmentCount: _count, engines: _engines, notes: _notes, createdAt: _createdAt, ipam, ...facts } = network;
  const pools = ipam.pools.map(({ usage: _usage, gateway: _gateway, ...pool }) => pool);
  return { ...facts, ipam: { ...ipam, pools } };
}

function ownFactsOfContainer({ attachments: _attachments, ...facts }: Container): Record<string, unknown> {
  return facts;
}

/** Names belong to the network and the container, whose renaming is told by itself; routes to all attachments of one. */
function ownFactsOfAttachment(attachment: Attachment): Record<string, unknown> {
  const { networkName: _network, containerName: _container, dnsNames: _dns, defaultRoute: _route, ...facts } = attachment;
  return facts;
}

type Facts = Readonly<Record<string, unknown>>;

function changed(before: Facts, after: Facts): Facts | null {
  const keys = Object.keys(before).filter((key) => !isDeepStrictEqual(before[key], after[key]));
  return keys.length === 0 ? null : Object.fromEntries(keys.map((key) => [key, before[key]]));
}

/** The fields that changed, as they were; null when none did or nothing is known of before or after. */
export const previousOf = {
  network: (before: Network | null, after: Network | null): Facts | null =>
    before === null || after === null || before === after ? null : changed(ownFactsOfNetwork(before), ownFactsOfNetwork(after)),

  container: (before: ToldContainer, after: Container | null): Facts | null => {
    if (before.view === null || after === null) return null;
    const known = { ...before.view, name: before.name, state: before.state, health: before.health };
    return changed(ownFactsOfContainer(known), ownFactsOfContainer(after));
  },

  attachment: (before: ToldAttachment, after: Attachment | null): Facts | null =>
    before.view === null || after === null
      ? null
      : changed(ownFactsOfAttachment({ ...before.view, active: before.active }), ownFactsOfAttachment(after)),
};

/** The same, or else how what was shown with the last step differs: it may have been ahead of that step. */
export const previousShownOf = {
  container: (before: ToldContainer, after: Container): Facts | null => {
    const { view, name, state, health } = before;
    const previous = previousOf.container(before, after);
    if (previous !== null || view === null) return previous;
    const isAhead = view.name !== name || view.state !== state || view.health !== health;
    return isAhead ? previousOf.container(toldContainer(view), after) : null;
  },

  attachment: (before: ToldAttachment, after: Attachment): Facts | null => {
    const { view, active } = before;
    const previous = previousOf.attachment(before, after);
    if (previous !== null || view === null) return previous;
    return view.active === active ? null : previousOf.attachment(toldAttachment(view), after);
  },
};
