import type { EngineEvent } from '../docker/observed.js';
import type { EventType } from '../events/event.js';
import { publicNetworkId } from '../inventory/attachment.view.js';
import type { ContainerState } from '../resources/container.js';
import type { Narration } from './narration.js';
import { sightLost, tellSight, tellSightLost } from './swarm-sight.js';
import { previousOf, toldAttachment, toldContainer, type ToldAttachment, type ToldContainer } from './told.js';

const BUILTIN = new Set(['bridge', 'host', 'none']);

/** The id under which callers know the network that an event is about. */
function subjectNetworkId(narration: Narration, event: EngineEvent): string {
  const { now } = narration;
  const present = now.networks.find(({ engineId }) => engineId === event.actorId);
  if (present !== undefined) return present.id;
  const name = event.attributes['name'] ?? '';
  return publicNetworkId(now.engine, { id: event.actorId, name, builtin: BUILTIN.has(name) });
}

function knownContainer(narration: Narration, event: EngineEvent): ToldContainer {
  const told = narration.told.containers.get(event.actorId);
  if (told !== undefined) return told;
  const view = narration.now.containerById.get(event.actorId) ?? null;
  const name = view?.name ?? event.attributes['name'] ?? event.actorId.slice(0, 12);
  return { name, state: 'created', health: null, view };
}

/** A container whose creation fell into a gap is told to be there before anything that befell it. */
function tellOvertaken(narration: Narration, id: string, name: string | undefined): void {
  const { told, now } = narration;
  if (id === '' || told.containers.has(id)) return;
  const view = now.containerById.get(id) ?? null;
  const known = { name: view?.name ?? name ?? id.slice(0, 12), state: 'created', health: null, view } as const;
  narration.aside().container('container.created', id, known);
  told.containers.set(id, known);
}

/** Tells a step of a container, and takes its state as the step left it. */
function tellStep(
  narration: Narration,
  event: EngineEvent,
  type: EventType,
  step: Partial<Pick<ToldContainer, 'name' | 'state' | 'health'>>,
): void {
  const id = event.actorId;
  const known = knownContainer(narration, event);
  const present = narration.now.containerById.get(id);
  const after = present === undefined ? null : { ...present, ...step };
  narration.container(type, id, known, previousOf.container(known, after));
  const base = present === undefined ? known : toldContainer(present);
  // What has no step of its own is told with this one; what has, waits for its own.
  narration.told.containers.set(id, { ...base, name: known.name, state: known.state, health: known.health, ...step });
}

function tellAttachmentsMade(narration: Narration, containerId: string): void {
  for (const attachment of narration.now.containerById.get(containerId)?.attachments ?? []) {
    if (narration.told.attachments.has(attachment.id)) continue;
    const known = toldAttachment(attachment);
    narration.attachment('attachment.created', attachment.id, known);
    narration.told.attachments.set(attachment.id, { ...known, active: false });
  }
}

function tellAttachmentRemoved(narration: Narration, id: string, known: ToldAttachment): void {
  if (known.active) narration.attachment('attachment.deactivated', id, known);
  narration.attachment('attachment.removed', id, known);
  narration.told.attachments.delete(id);
}

function tellContainerRemoved(narration: Narration, event: EngineEvent): void {
  const { told } = narration;
  const id = event.actorId;
  for (const [attachmentId, known] of told.attachmentsOf('containerId', id)) {
    tellAttachmentRemoved(narration, attachmentId, known);
  }
  const known = told.containers.get(id);
  if (known === undefined) return;
  narration.container('container.removed', id, known);
  told.containers.delete(id);
}

function tellContainerCreated(narration: Narration, event: EngineEvent): void {
  const { told, now } = narration;
  const id = event.actorId;
  if (!told.containers.has(id)) {
    const known = knownContainer(narration, event);
    narration.container('container.created', id, known);
    const view = now.containerById.get(id);
    told.containers.set(id, view === undefined ? known : { ...toldContainer(view), state: 'created', health: null });
  }
  tellAttachmentsMade(narration, id);
}

/** What a container is after the end of a run. */
const ENDED: readonly ContainerState[] = ['exited', 'dead', 'restarting', 'removing'];

function tellDeath(narration: Narration, event: EngineEvent): void {
  const known = knownContainer(narration, event);
  if (ENDED.includes(known.state)) return;
  const present = narration.now.containerById.get(event.actorId)?.state;
  const state = present !== undefined && ENDED.includes(present) ? present : 'exited';
  tellStep(narration, event, 'container.exited', { state });
}

/** What neither begins nor ends a container, and so says that it was there before. */
const STEPS = ['start', 'die', 'pause', 'unpause', 'restart', 'update', 'oom', 'rename', 'health_status'];

function tellContainerEvent(narration: Narration, event: EngineEvent): void {
  const [action = '', detail] = event.action.split(': ');
  const { name, oldName } = event.attributes;
  if (STEPS.includes(action)) tellOvertaken(narration, event.actorId, oldName?.replace(/^\//, '') ?? name);
  const known = narration.told.containers.get(event.actorId);
  switch (action) {
    case 'create':
      return tellContainerCreated(narration, event);
    case 'start':
      if (known?.state !== 'running') tellStep(narration, event, 'container.started', { state: 'running' });
      return;
    case 'die':
      return tellDeath(narration, event);
    case 'pause':
      if (known?.state !== 'paused') tellStep(narration, event, 'container.paused', { state: 'paused' });
      return;
    case 'unpause':
      if (known?.state !== 'running') tellStep(narration, event, 'container.unpaused', { state: 'running' });
      return;
    case 'restart':
      return tellStep(narration, event, 'container.restarted', {});
    case 'update':
      return tellStep(narration, event, 'container.updated', {});
    case 'oom':
      return tellStep(narration, event, 'container.oom-killed', {});
    case 'rename':
      if (name !== undefined && known?.name !== name) tellStep(narration, event, 'container.renamed', { name });
      return;
    case 'health_status': {
      const health = detail ?? null;
      if (known?.health !== health) tellStep(narration, event, 'container.health-changed', { health });
      return;
    }
    case 'destroy':
      return tellContainerRemoved(narration, event);
    default:
      // kill, stop, attach and the like lead to steps that have events of their own.
      return;
  }
}

function tellConnection(narration: Narration, event: EngineEvent): void {
  const { told, now } = narration;
  const containerId = event.attributes['container'] ?? '';
  const networkId = subjectNetworkId(narration, event);
  const id = `${networkId}.${containerId}`;
  const present = now.attachmentById.get(id);
  const before = told.attachments.get(id);
  const connected = event.action === 'connect';
  if (before === undefined && !connected) return;
  if (connected) tellOvertaken(narration, containerId, undefined);
  const containerName = told.containers.get(containerId)?.name ?? containerId.slice(0, 12);
  const fallback = { networkId, containerId, name: `${event.attributes['name']}/${containerName}`, view: null };
  const known = present !== undefined ? toldAttachment(present) : (before ?? { ...fallback, active: false });
  const previous = before === undefined ? null : previousOf.attachment(before, present ?? null);
  // What is shown now counts as told only where something is told of it. Engines up to 27 report the disconnection of a
  // running container twice (engine-facts 0.4).
  if (connected && before?.active !== true) {
    if (before === undefined) narration.attachment('attachment.created', id, known);
    narration.attachment('attachment.activated', id, known, previous);
    told.attachments.set(id, { ...known, active: true });
  }
  if (connected) return;
  if (before?.active) {
    narration.attachment('attachment.deactivated', id, known, previous);
    told.attachments.set(id, { ...known, active: false });
  }
  if (present === undefined) tellAttachmentRemoved(narration, id, { ...known, active: false });
}

function tellNetworkRemoved(narration: Narration, id: string): void {
  const { told, now } = narration;
  const known = told.networks.get(id);
  // The engine's own three come back under the same id.
  if (known === undefined || now.networkById.has(id)) return;
  if (sightLost(now, id, known) !== 'network.removed') return tellSightLost(narration, id, known);
  for (const [attachmentId, attachment] of told.attachmentsOf('networkId', id)) {
    tellAttachmentRemoved(narration, attachmentId, attachment);
    tellAttachmentsMade(narration, attachment.containerId);
  }
  narration.network('network.removed', id, known);
  told.networks.delete(id);
}

function tellNetworkEvent(narration: Narration, event: EngineEvent): void {
  const { told, now } = narration;
  if (event.action === 'connect' || event.action === 'disconnect') return tellConnection(narration, event);
  if (event.action === 'prune') return;
  const id = subjectNetworkId(narration, event);
  if (event.action === 'destroy' || event.action === 'remove') return tellNetworkRemoved(narration, id);
  const before = told.networks.get(id);
  const present = now.networkById.get(id) ?? null;
  const known = { name: present?.name ?? event.attributes['name'] ?? id, view: present ?? before?.view ?? null };
  if (before === undefined) return tellSight(narration, id, known);
  if (event.action === 'update') {
    narration.network('network.updated', id, known, previousOf.network(before.view, present));
  } else return;
  told.networks.set(id, known);
}

/** Tells what an event of the engine means, completed with the state, and takes it as told. */
export function tellEngineEvent(narration: Narration, event: EngineEvent): void {
  if (event.type === 'container') tellContainerEvent(narration, event);
  else if (event.type === 'network') tellNetworkEvent(narration, event);
}
