import type { FairleadEvent } from '../../src/events/event.js';
import type { Attachment } from '../../src/resources/attachment.js';
import type { Container } from '../../src/resources/container.js';
import type { Engine, EngineFreshness } from '../../src/resources/engine.js';
import type { Network } from '../../src/resources/network.js';
import type { Service as SwarmService, Swarm, SwarmNode, Task } from '../../src/resources/swarm.js';

/** What a face did. The value of a removal over REST is null: 204 shows nothing. */
export interface Done<T> {
  readonly ok: true;
  readonly value: T;
  /** Left out where REST does not tell: a start or stop answers 200 either way. */
  readonly changed?: boolean;
  readonly warnings: readonly string[];
  /** The entity tag: REST's header, GraphQL's field. */
  readonly etag?: string;
  /** REST's own: the HTTP status and `Location`. */
  readonly http?: {
    readonly status: number;
    readonly location: string | null;
    readonly link: string | null;
    /** `Idempotent-Replayed` */
    readonly replayed: boolean;
  };
}

export interface Refused {
  readonly ok: false;
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  /** What helps to act on it, `errors` included where there are any. */
  readonly extras: Readonly<Record<string, unknown>>;
}

export type Answer<T> = Done<T> | Refused;

/** Inputs go out as they are, wrong ones too. */
export type Input = Readonly<Record<string, unknown>>;

export interface List<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly engines: readonly EngineFreshness[];
}

export type Paging = {
  readonly limit?: unknown;
  readonly cursor?: string;
  readonly sort?: string;
};

export interface Pruned {
  readonly networks: readonly Network[];
}

export type Narrow = {
  readonly engine?: string;
};

/** The same key for a repetition of the same write. */
export type Keyed = {
  readonly idempotencyKey?: string;
};

export type Write = Keyed & {
  readonly dryRun?: boolean;
  readonly ifMatch?: string;
};

export type Creating = Pick<Write, 'dryRun' | 'idempotencyKey'>;

export type NetworkShown = Network & { readonly attachments?: readonly Attachment[] };
export type LifecycleVerb = 'start' | 'stop' | 'restart' | 'pause' | 'unpause';
export type LifecycleOptions = Narrow & Write & { readonly timeoutSeconds?: number };

/** Every operation of the product, the same on both faces, so that each case is written once and run through both. */
export interface Face {
  readonly name: 'REST' | 'GraphQL';

  createNetwork(input: Input, options?: Creating): Promise<Answer<Network>>;
  getNetwork(ref: string, options?: Narrow): Promise<Answer<Network>>;
  listNetworks(
    filter?: Input,
    paging?: Paging,
    options?: { readonly include?: 'attachments' },
  ): Promise<Answer<List<NetworkShown>>>;
  removeNetwork(
    ref: string,
    options?: Narrow & Write & { readonly detach?: boolean },
  ): Promise<Answer<Network | null>>;
  pruneNetworks(input?: Input, options?: Creating): Promise<Answer<Pruned>>;

  /** PUT over REST; with `strict` POST. */
  attach(
    input: Input & { readonly network: string; readonly container: string },
    options?: Write & { readonly replace?: boolean; readonly strict?: boolean },
  ): Promise<Answer<Attachment>>;
  detach(
    network: string,
    container: string,
    options?: Narrow & Write & { readonly force?: boolean },
  ): Promise<Answer<Attachment | null>>;
  removeAttachment(id: string, options?: Write & { readonly force?: boolean }): Promise<Answer<Attachment | null>>;
  getAttachment(id: string): Promise<Answer<Attachment>>;
  listAttachments(filter?: Input, paging?: Paging): Promise<Answer<List<Attachment>>>;

  createContainer(input: Input, options?: Creating): Promise<Answer<Container>>;
  getContainer(ref: string, options?: Narrow): Promise<Answer<Container>>;
  listContainers(filter?: Input, paging?: Paging): Promise<Answer<List<Container>>>;
  removeContainer(
    ref: string,
    options?: Narrow & Write & { readonly force?: boolean },
  ): Promise<Answer<Container | null>>;
  changeContainer(verb: LifecycleVerb, ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;
  startContainer(ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;
  stopContainer(ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;
  restartContainer(ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;
  pauseContainer(ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;
  unpauseContainer(ref: string, options?: LifecycleOptions): Promise<Answer<Container>>;

  listEngines(paging?: Paging): Promise<Answer<List<Engine>>>;
  getEngine(name: string): Promise<Answer<Engine>>;
  testEngine(name: string): Promise<Answer<Engine>>;
  addEngine(input: Input, options?: Creating): Promise<Answer<Engine>>;
  updateEngine(name: string, input: Input, options?: Write): Promise<Answer<Engine>>;
  removeEngine(name: string, options?: Write): Promise<Answer<Engine | null>>;

  listSwarms(paging?: Paging): Promise<Answer<List<Swarm>>>;
  getSwarm(ref: string): Promise<Answer<Swarm>>;
  formSwarm(input: Input, options?: Creating): Promise<Answer<Swarm>>;
  listNodes(filter?: Input, paging?: Paging): Promise<Answer<List<SwarmNode>>>;
  getNode(ref: string): Promise<Answer<SwarmNode>>;
  addNode(input: Input, options?: Creating): Promise<Answer<SwarmNode>>;
  updateNode(ref: string, input: Input, options?: Write): Promise<Answer<SwarmNode>>;
  removeNode(ref: string, options?: Write & { readonly force?: boolean }): Promise<Answer<SwarmNode | null>>;

  listServices(filter?: Input, paging?: Paging): Promise<Answer<List<SwarmService>>>;
  getService(ref: string): Promise<Answer<SwarmService>>;
  createService(input: Input, options?: Creating): Promise<Answer<SwarmService>>;
  updateService(ref: string, input: Input, options?: Write): Promise<Answer<SwarmService>>;
  removeService(ref: string, options?: Write): Promise<Answer<SwarmService | null>>;
  listTasks(filter?: Input, paging?: Paging): Promise<Answer<List<Task>>>;
  getTask(ref: string): Promise<Answer<Task>>;

  /** History, oldest first. */
  events(filter?: Input, options?: { readonly after?: string; readonly limit?: unknown }): Promise<Answer<List<FairleadEvent>>>;
}

/** The value of an answer that must be a success; fails with what was refused. */
export function valueOf<T>(answer: Answer<T>): T {
  return doneOf(answer).value;
}

export function doneOf<T>(answer: Answer<T>): Done<T> {
  if (answer.ok) return answer;
  throw new Error(`${answer.status} ${answer.code}: ${answer.detail} ${JSON.stringify(answer.extras)}`);
}

/** The refusal of an answer that must be one; fails with what was done. */
export function refusalOf(answer: Answer<unknown>): Refused {
  if (!answer.ok) return answer;
  throw new Error(`was not refused but answered ${JSON.stringify(answer.value)}`);
}
