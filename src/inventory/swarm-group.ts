import type { ObservedNode, ObservedSwarm } from '../docker/swarm.observed.js';
import type { EnginePicture, SwarmTrouble } from './engine-picture.js';

/** The engines that we know of one swarm, and what a manager among them tells of it. */
export interface SwarmGroup {
  readonly observed: ObservedSwarm;
  /** The engine whose word counts: of the managers that are followed and can tell of it, the first by name. */
  readonly speaker: string;
  /** Why none of them can, and what is shown is old. */
  readonly trouble: SwarmTrouble | null;
  readonly managers: readonly string[];
  /** All of them, managers first. */
  readonly engines: readonly string[];
  readonly nodeOfEngine: ReadonlyMap<string, ObservedNode>;
  readonly engineOfNode: ReadonlyMap<string, string>;
}

/** Sorts engines by the swarms that they are in; pictures are in the order of their names. */
export function groupSwarms(pictures: readonly EnginePicture[]): readonly SwarmGroup[] {
  const managers = new Map<string, EnginePicture[]>();
  for (const picture of pictures) {
    if (picture.swarm === null) continue;
    const known = managers.get(picture.swarm.id);
    if (known === undefined) managers.set(picture.swarm.id, [picture]);
    else known.push(picture);
  }
  return [...managers.values()].flatMap((known) => toGroup(known, pictures));
}

function toGroup(managers: readonly EnginePicture[], pictures: readonly EnginePicture[]): SwarmGroup[] {
  const speaker =
    managers.find(({ state, swarmTrouble }) => state === 'connected' && swarmTrouble === null) ??
    managers.find(({ state }) => state === 'connected') ??
    managers[0];
  const observed = speaker?.swarm;
  if (speaker === undefined || observed === null || observed === undefined) return [];
  const nodes = new Map(observed.nodes.map((node) => [node.id, node]));
  // One that was taken out or made a worker while it was away takes itself for a manager still.
  const isManager = (picture: EnginePicture): boolean =>
    picture === speaker || nodes.get(picture.observed?.membership?.nodeId ?? '')?.role === 'manager';
  const names = new Set(managers.filter(isManager).map(({ engine }) => engine));
  const members = pictures.flatMap((picture) => {
    const node = nodes.get(picture.observed?.membership?.nodeId ?? '');
    return node === undefined ? [] : [{ engine: picture.engine, node }];
  });
  const workers = members.map(({ engine }) => engine).filter((engine) => !names.has(engine));
  return [
    {
      observed,
      speaker: speaker.engine,
      trouble: troubleOf(speaker),
      managers: [...names],
      engines: [...names, ...workers],
      nodeOfEngine: new Map(members.map(({ engine, node }) => [engine, node])),
      engineOfNode: new Map(members.map(({ engine, node }) => [node.id, engine])),
    },
  ];
}

function troubleOf({ engine, state, swarmTrouble, swarmToldAt }: EnginePicture): SwarmTrouble | null {
  if (state === 'connected') return swarmTrouble;
  return { problem: `Engine ${engine}, its manager, is ${state}.`, staleSince: swarmToldAt };
}
