import { DomainError } from '../errors/domain.error.js';
import { isIdentified, parseJson, senseless } from './engine-answer.js';
import { orUndefined, type Ask, type EngineClient } from './engine-client.js';
import { isObject, numberAt, objectAt, textAt, textsAt, type JsonObject } from './engine-json.js';
import type { Created } from './docker.gateway.js';
import type { GatewayTimeouts } from './gateway-timeouts.js';
import { SwarmGateway, type InitSpec, type JoinSpec, type JoinTokens, type NodeChanges, type ServiceChanges, type ServiceSpec } from './swarm.gateway.js';
import { changedServiceBody, toServiceBody } from './swarm-service.mapper.js';
import { toInitBody, toJoinBody, toObservedSwarm } from './swarm.mapper.js';
import { PREDEFINED_NETWORKS, type ObservedSwarm, type PredefinedNetwork } from './swarm.observed.js';

/** While the swarm itself, or somebody else, changes a node between the look at it and its update. */
const MOST_TRIES = 5;

/** Objects of a swarm are identified by `ID`, all others by `Id`. */
function isSwarmObject(value: unknown): value is JsonObject {
  return isObject(value) && textAt(value, 'ID') !== null;
}

/** The swarm side of the Docker Engine API. */
export class DockerodeSwarmGateway extends SwarmGateway {
  constructor(
    private readonly client: EngineClient,
    private readonly timeouts: GatewayTimeouts,
  ) {
    super();
  }

  async inspect(): Promise<ObservedSwarm> {
    const list = (path: string): Promise<readonly JsonObject[]> =>
      this.client.readList({ operation: 'swarm.inspect', path, timeoutMs: this.timeouts.readMs }, isSwarmObject);
    const [swarm, nodes, services, tasks, ...ids] = await Promise.all([
      this.read('/swarm'),
      list('/nodes'),
      list('/services'),
      list('/tasks'),
      ...PREDEFINED_NETWORKS.map((name) => this.predefinedId(name)),
    ]);
    const predefined = Object.fromEntries(PREDEFINED_NETWORKS.map((name, index) => [name, ids[index]]));
    return toObservedSwarm({ swarm, nodes, services, tasks, predefined });
  }

  async init(spec: InitSpec): Promise<string> {
    const text = await this.command({ operation: 'swarm.init', path: '/swarm/init', body: toInitBody(spec) });
    const nodeId = parseJson(text);
    if (typeof nodeId !== 'string') throw senseless(this.client.engine, 'swarm.init', text, true);
    return nodeId;
  }

  async joinTokens(): Promise<JoinTokens> {
    const tokens = objectAt(await this.read('/swarm'), 'JoinTokens');
    return { manager: textAt(tokens, 'Manager') ?? '', worker: textAt(tokens, 'Worker') ?? '' };
  }

  async join(spec: JoinSpec): Promise<void> {
    await this.command({ operation: 'swarm.join', path: '/swarm/join', body: toJoinBody(spec) });
  }

  async leave({ force }: { force: boolean }): Promise<void> {
    const timeoutMs = this.timeouts.stopMs + this.timeouts.commandMs;
    await this.command({ operation: 'swarm.leave', path: '/swarm/leave', query: { force: String(force) }, timeoutMs });
  }

  async updateNode(nodeId: string, changes: NodeChanges): Promise<void> {
    for (let triesLeft = MOST_TRIES; ; triesLeft -= 1) {
      try {
        return await this.updateNodeOnce(nodeId, changes);
      } catch (error) {
        // The swarm itself notes at a node how it fares: a version that has passed is nobody's condition.
        if (triesLeft <= 1 || !(error instanceof DomainError) || error.code !== 'PRECONDITION_FAILED') throw error;
      }
    }
  }

  private async updateNodeOnce(nodeId: string, { availability, role }: NodeChanges): Promise<void> {
    const path = this.client.path('nodes', nodeId);
    const node = await this.read(path);
    const query = { version: versionOf(node) };
    const body = {
      ...objectAt(node, 'Spec'),
      ...(availability === undefined ? {} : { Availability: availability }),
      ...(role === undefined ? {} : { Role: role }),
    };
    await this.command({ operation: 'node.update', path: `${path}/update`, query, body, subject: nodeId });
  }

  async removeNode(nodeId: string, { force }: { force: boolean }): Promise<void> {
    const path = this.client.path('nodes', nodeId);
    const query = { force: String(force) };
    await this.command({ operation: 'node.remove', method: 'DELETE', path, query, subject: nodeId });
  }

  async createService(spec: ServiceSpec): Promise<Created> {
    const text = await this.command({ operation: 'service.create', path: '/services/create', body: toServiceBody(spec) });
    const created = parseJson(text);
    if (!isSwarmObject(created)) throw senseless(this.client.engine, 'service.create', text, true);
    return { id: textAt(created, 'ID') ?? '', warnings: warningsOf(created) };
  }

  async updateService(id: string, version: number, changes: ServiceChanges): Promise<void> {
    const path = this.client.path('services', id);
    const standing = await this.client.readExactly({ operation: 'swarm.inspect', path, timeoutMs: this.timeouts.readMs }, isSwarmObject);
    const query = { version: String(version) };
    const body = changedServiceBody(objectAt(standing, 'Spec'), changes);
    await this.command({ operation: 'service.update', path: `${path}/update`, query, body, subject: id });
  }

  async removeService(id: string): Promise<void> {
    const path = this.client.path('services', id);
    await this.command({ operation: 'service.remove', method: 'DELETE', path, subject: id });
  }

  /** What the swarm calls the network that every node has of its own by that name; undefined where it knows of none. */
  private async predefinedId(name: PredefinedNetwork): Promise<string | undefined> {
    const ask = { operation: 'network.inspect', path: this.client.path('networks', name), query: { scope: 'swarm' }, subject: name } as const;
    const network = await orUndefined('NETWORK_NOT_FOUND', () => this.client.readObject({ ...ask, timeoutMs: this.timeouts.readMs }, isIdentified));
    return network === undefined ? undefined : (textAt(network, 'Id') ?? undefined);
  }

  private read(path: string): Promise<JsonObject> {
    return this.client.readObject({ operation: 'swarm.inspect', path, timeoutMs: this.timeouts.readMs }, isSwarmObject);
  }

  private async command(ask: Partial<Ask> & Pick<Ask, 'operation' | 'path'>): Promise<string> {
    const answer = await this.client.command({ method: 'POST', timeoutMs: this.timeouts.commandMs, ...ask });
    return answer.text;
  }
}

function versionOf(json: JsonObject): string {
  return String(numberAt(objectAt(json, 'Version'), 'Index') ?? 0);
}

function warningsOf(created: JsonObject): readonly string[] {
  const warning = textAt(created, 'Warning');
  return [...textsAt(created, 'Warnings'), ...(warning === null ? [] : [warning])];
}
