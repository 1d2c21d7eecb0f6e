import type { Sight } from '../sight/sight.js';
import type { Service, Swarm, SwarmNode, Task } from '../resources/swarm.js';
import { hasEnded, type SwarmView } from './swarm.view.js';

/**
 * What a sight shows of a swarm: undefined where it shows none of its engines. Services show by their labels, tasks with
 * their services, on the engines that show and on nodes that are no engines of ours.
 */
export function narrowSwarm(view: SwarmView, sight: Sight, networks: ReadonlySet<string>): SwarmView | undefined {
  const { group } = view;
  if (!group.engines.some((name) => sight.seesEngine(name))) return undefined;
  const isSeen = ({ engine }: { engine: string | null }): boolean => engine === null || sight.seesEngine(engine);
  const shown = view.services.filter(({ labels }) => sight.seesLabels(labels));
  const serviceIds = new Set(shown.map(({ id }) => id));
  const tasks = view.tasks.filter((task) => serviceIds.has(task.serviceId) && isSeen(task)).map((task) => narrowTask(task, networks));
  const own = sight.engines.length === 0 ? undefined : tasks;
  const places = sight.selector === null ? new Set([...networks, ...predefinedIn(view)]) : networks;
  const services = shown.map((service) => narrowService(service, places, own));
  const nodes = view.nodes.filter(isSeen).map((node) => ({ ...node, taskCount: tasksOn(node, tasks) }));
  return { group, services, tasks, nodes, swarm: narrowRecord(view, nodes, services, sight) };
}

/** Networks that each node has of its own, as every engine has: labels say nothing of them. */
function predefinedIn({ group }: SwarmView): readonly string[] {
  return group.observed.services.flatMap(({ networks }) => networks.flatMap(({ target, predefined }) => (predefined === null ? [] : [target])));
}

function narrowRecord({ swarm, group }: SwarmView, nodes: readonly SwarmNode[], services: readonly Service[], sight: Sight): Swarm {
  const isSeen = (name: string): boolean => sight.seesEngine(name);
  return {
    ...swarm,
    engines: swarm.engines.filter(isSeen),
    managers: swarm.managers.filter(isSeen),
    nodeCount: nodes.length,
    readyNodeCount: nodes.filter(({ state }) => state === 'ready').length,
    serviceCount: services.length,
    // It may name the manager.
    problem: swarm.problem === null || isSeen(group.speaker) ? swarm.problem : 'Its manager cannot be asked.',
  };
}

/** `tasks` are those that show, where not all engines do: what is noted of a service speaks of all of them. */
function narrowService(service: Service, networks: ReadonlySet<string>, tasks: readonly Task[] | undefined): Service {
  const isSeen = ({ networkId }: { networkId: string }): boolean => networks.has(networkId);
  const shown = { ...service, networks: service.networks.filter(isSeen), virtualAddresses: service.virtualAddresses.filter(isSeen) };
  if (tasks === undefined) return shown;
  const running = tasks.filter(({ serviceId, state }) => serviceId === service.id && state === 'running');
  return { ...shown, runningTasks: running.length, notes: [] };
}

function narrowTask(task: Task, networks: ReadonlySet<string>): Task {
  return { ...task, addresses: task.addresses.filter(({ networkId }) => networks.has(networkId)) };
}

function tasksOn({ id }: SwarmNode, tasks: readonly Task[]): number {
  return tasks.filter((task) => task.nodeId === id && !hasEnded(task)).length;
}
