import { DomainError } from '../errors/domain.error.js';
import type { SwarmNode } from '../resources/swarm.js';

/** What becomes of the managers of a swarm without one of them. */
export interface WithoutManager {
  readonly others: number;
  readonly reachable: number;
  /** More than half of those that are left reach each other: less, and nothing can be decided any more. */
  readonly keepsMajority: boolean;
}

export function withoutManager(node: Pick<SwarmNode, 'id'>, nodes: readonly SwarmNode[]): WithoutManager {
  const others = nodes.filter(({ id, role }) => role === 'manager' && id !== node.id);
  const reachable = others.filter(({ reachability }) => reachability === 'reachable').length;
  return { others: others.length, reachable, keepsMajority: reachable * 2 > others.length };
}

/** Fails with `NODE_STATE` where the others could not go on without this manager: swarms refuse that too, whatever is forced. */
export function requireDemotable(node: SwarmNode, nodes: readonly SwarmNode[]): void {
  const rest = withoutManager(node, nodes);
  if (rest.keepsMajority) return;
  const name = nameOf(node);
  const detail =
    rest.others === 0
      ? `Node ${name} is the only manager: without one there is no swarm. Make another node a manager first.`
      : `${shortage(name, rest)} Bring another manager back first.`;
  throw nodeState(node, detail);
}

/** Fails with `NODE_STATE` where taking the node out ends the swarm, leaves it without a majority, or leaves its engine behind. */
export function requireRemovable(
  node: SwarmNode,
  nodes: readonly SwarmNode[],
  { force, canBeAsked }: { force: boolean; canBeAsked: boolean },
): void {
  const name = nameOf(node);
  if (!canBeAsked && node.state !== 'down' && !force) {
    throw nodeState(node, `Node ${name} is ${node.state}, and its engine cannot be asked to leave. Repeat with force=true.`);
  }
  if (node.role === 'worker') return;
  const rest = withoutManager(node, nodes);
  // What its engine does by itself needs no majority.
  if (rest.keepsMajority || (force && canBeAsked)) return;
  if (rest.others === 0) {
    throw nodeState(node, `Node ${name} is the only manager: with it the swarm ends, with all its services and networks. Repeat with force=true.`);
  }
  const advice = canBeAsked ? ', or repeat with force=true: the swarm can be neither asked nor changed then' : '';
  throw nodeState(node, `${shortage(name, rest)} Bring another manager back first${advice}.`);
}

function shortage(name: string, { others, reachable }: WithoutManager): string {
  return `Without node ${name} the swarm has ${others} managers, of which ${reachable} can be reached: too few to decide anything.`;
}

function nameOf({ engine, name }: SwarmNode): string {
  return engine ?? name;
}

function nodeState(node: SwarmNode, detail: string): DomainError {
  return new DomainError('NODE_STATE', detail, node.engine === null ? {} : { engine: node.engine });
}
