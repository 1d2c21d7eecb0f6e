import type { Labels, OtherEnds, SeenBy } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import type { Told, ToldAttachment } from './told.js';

type Ends = OtherEnds['containers'];

/** Whom events are shown to, by what is known of an engine: as it is seen now, else as it was told last. */
export class Seers {
  constructor(
    private readonly told: Told,
    private readonly now: EngineSnapshot,
  ) {}

  network(id: string, network: Network | null): SeenBy {
    if (network === null) return { network: null, container: null, others: null };
    const source = network.configFrom === null ? undefined : this.now.networksByName.get(network.configFrom)?.at(0);
    const networks = source === undefined ? [] : [{ ref: source.name, labels: source.labels }];
    return { network: network.labels, container: null, others: { networks, containers: this.attachedTo(id) } };
  }

  container(container: Container | null): SeenBy {
    if (container === null) return { network: null, container: null, others: null };
    const networks = container.attachments.flatMap(({ networkId }) => {
      const labels = networkId === null ? null : this.networkLabels(networkId);
      return networkId === null || labels === null ? [] : [{ ref: networkId, labels }];
    });
    const shared = container.sharesNetworkOf === null ? [] : [this.containerLabels(container.sharesNetworkOf)];
    const containers = shared.map((labels) => ({ engine: this.now.engine, labels, count: 1 }));
    return { network: null, container: container.labels, others: { networks, containers } };
  }

  attachment({ networkId, containerId }: Pick<ToldAttachment, 'networkId' | 'containerId'>): SeenBy {
    const network = networkId === null ? null : this.networkLabels(networkId);
    return { network, container: this.containerLabels(containerId), others: null };
  }

  /** Alike ones are counted, since containers of one service bear the same labels. Those on other engines of a swarm are not known here. */
  private attachedTo(id: string): Ends {
    const { engine, networkById, attachmentsByNetwork, remoteAttachments } = this.now;
    const here = networkById.has(id)
      ? (attachmentsByNetwork.get(id) ?? [])
      : this.told.attachmentsOf('networkId', id).map(([, attachment]) => attachment);
    const remote = remoteAttachments.filter(({ networkId }) => networkId === id);
    const sets = [...here.map(({ containerId }) => this.containerLabels(containerId)), ...remote.map(() => null)];
    return [...Map.groupBy(sets, (labels) => JSON.stringify(labels)).values()].map((alike) => {
      return { engine, labels: alike[0] ?? null, count: alike.length };
    });
  }

  private networkLabels(id: string): Labels | null {
    const { networkById, swarmNetworks } = this.now;
    return (networkById.get(id) ?? this.told.networks.get(id)?.view ?? swarmNetworks.get(id))?.labels ?? null;
  }

  private containerLabels(id: string): Labels | null {
    return (this.now.containerById.get(id) ?? this.told.containers.get(id)?.view)?.labels ?? null;
  }
}
