import type { FairleadEvent, OtherEnds } from '../events/event.js';
import { narrowNetwork } from '../inventory/narrowed-view.js';
import { HIDDEN_MODE, OWN_MODES, type Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import type { Sight } from '../sight/sight.js';
import { keysOf, type LoggedEvent } from './event-filter.js';

type Previous = FairleadEvent['previous'];

/** The state in an event without what its narrowed reader, who sees the event, does not see; the same one where that is nothing. */
export function shapeEvent({ event, others }: Pick<LoggedEvent, 'event' | 'others'>, sight: Sight): FairleadEvent {
  // What was logged before others were kept counts as telling of none that are seen.
  const ends = others === null ? { networks: [], containers: [] } : (JSON.parse(others) as OtherEnds);
  const { network, container } = event;
  switch (event.subject.kind) {
    case 'network':
      return { ...event, network: network && shapeNetwork(network, ends, sight), previous: shapePreviousNetwork(event.previous, sight) };
    case 'container':
      return sight.selector === null ? event : shapeContainerEvent(event, container, ends, sight);
    case 'attachment':
      return sight.selector === null || isReportOf(event) ? event : { ...event, engineEvent: null };
    default:
      return event;
  }
}

function shapeNetwork(network: Network, ends: OtherEnds, sight: Sight): Network {
  const isWhole = sight.selector === null && network.engines.every((name) => sight.seesEngine(name));
  if (isWhole) return narrowNetwork(network, network.attachmentCount, sight);
  const isSeen = ({ engine, labels }: OtherEnds['containers'][number]): boolean =>
    sight.seesEngine(engine) && (sight.selector === null || (labels !== null && sight.seesLabels(labels)));
  const seen = ends.containers.filter(isSeen).reduce((sum, { count }) => sum + count, 0);
  const isSource = network.configFrom !== null && seesNetwork(ends, network.configFrom, sight);
  const shown = { ...network, configFrom: isSource ? network.configFrom : null };
  return narrowNetwork(shown, Math.min(seen, network.attachmentCount), sight);
}

function shapePreviousNetwork(previous: Previous, sight: Sight): Previous {
  if (previous === null) return null;
  const { configFrom: _configFrom, engines, ...kept } = previous;
  const seen = Array.isArray(engines) ? engines.filter((name: string) => sight.seesEngine(name)) : undefined;
  const rest = sight.selector === null ? previous : kept;
  return seen === undefined ? rest : { ...rest, engines: seen };
}

function shapeContainerEvent(event: FairleadEvent, container: Container | null, ends: OtherEnds, sight: Sight): FairleadEvent {
  if (container === null) return event;
  const attachments = container.attachments.filter(({ networkId }) => networkId !== null && seesNetwork(ends, networkId, sight));
  if (isModeSeen({ ...container, attachments }, ends, sight)) return { ...event, container: { ...container, attachments } };
  const { networkMode: _mode, sharesNetworkOf: _shared, ...previous } = event.previous ?? {};
  return {
    ...event,
    container: { ...container, attachments, networkMode: HIDDEN_MODE, sharesNetworkOf: null },
    previous: event.previous && previous,
  };
}

/** A mode may be the name or the id of a network, or the id of a container. */
function isModeSeen({ networkMode, sharesNetworkOf, attachments }: Container, ends: OtherEnds, sight: Sight): boolean {
  if (sharesNetworkOf !== null) return ends.containers.some(({ labels }) => labels !== null && sight.seesLabels(labels));
  return OWN_MODES.includes(networkMode) || attachments.some(({ networkId, networkName }) => [networkId, networkName].includes(networkMode));
}

function seesNetwork({ networks }: OtherEnds, ref: string, sight: Sight): boolean {
  return sight.selector === null || networks.some((network) => network.ref === ref && sight.seesLabels(network.labels));
}

/** An attachment may be told with what the engine said of another network that its container was on. */
function isReportOf(event: FairleadEvent): boolean {
  const { engineEvent } = event;
  return engineEvent?.type !== 'network' || engineEvent.attributes['name'] === keysOf(event).networkName;
}
