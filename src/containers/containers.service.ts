import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { labelTest, Lister, nameTest, type ListRequest, type ListSource } from '../inventory/listing.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { References } from '../inventory/references.js';
import { ResourceFollower } from '../inventory/resource-follower.js';
import { requireAddress } from '../inventory/subnet.js';
import type { Container } from '../resources/container.js';
import { ContainerAttempts } from './container.attempts.js';
import type { CreateContainerInput } from './container.inputs.js';
import type { LifecycleOptions, LifecycleVerb } from './container.lifecycle.js';

export interface ContainerFilter {
  readonly engine?: string | null;
  /** Exact, or with `*` for any text. */
  readonly name?: string | null;
  readonly image?: string | null;
  readonly state?: string | null;
  /** `key` or `key=value` each; all must hold. */
  readonly label?: readonly string[] | null;
  /** A reference to a network that it is attached to. */
  readonly network?: string | null;
  /** An address that it has on some network. */
  readonly address?: string | null;
  /** A port of the host that leads to it. */
  readonly publishedPort?: number | null;
}

/** Containers: which there are, and making, running and removing them. */
@Injectable()
export class ContainersService {
  constructor(
    private readonly lister: Lister,
    private readonly references: References,
    private readonly follower: ResourceFollower,
    private readonly attempts: ContainerAttempts,
  ) {}

  list(filter: ContainerFilter, request: ListRequest): Listing<Container> {
    const test = this.test(filter);
    const source: ListSource<Container, ContainerFilter> = {
      kind: 'containers',
      sortable: ['name', 'id', 'createdAt', 'startedAt', 'state', 'image', 'engine'],
      defaultSort: 'name',
      select: (snapshot) => candidates(snapshot, filter).filter(test),
    };
    return this.lister.list(source, filter, request);
  }

  /** Fails as references do. */
  get(ref: string, engine?: string | null): Container {
    return this.references.container(ref, engine ?? undefined).resource;
  }

  /** Each new state of a container and its attachments. Fails as references do. */
  follow(ref: string, engine?: string | null): AsyncGenerator<Container, void> {
    const found = this.references.container(ref, engine ?? undefined);
    return this.follower.follow(found.engine, ({ containerById }) => {
      const container = containerById.get(found.resource.id);
      return container === undefined ? undefined : { resource: container, watched: [container] };
    });
  }

  async create(input: CreateContainerInput, caller: Caller, options: WriteOptions): Promise<Outcome<Container>> {
    return this.attempts.create(input, caller, options);
  }

  async change(
    ref: string,
    engine: string | null | undefined,
    verb: LifecycleVerb,
    options: LifecycleOptions,
  ): Promise<Outcome<Container>> {
    return this.attempts.change(() => this.references.container(ref, engine ?? undefined), verb, options);
  }

  async remove(
    ref: string,
    engine: string | null | undefined,
    options: WriteOptions & { force?: boolean },
  ): Promise<Outcome<Container>> {
    return this.attempts.remove(() => this.references.container(ref, engine ?? undefined), options);
  }

  private test(filter: ContainerFilter): (container: Container) => boolean {
    const tests: ((container: Container) => boolean)[] = [];
    const { name, image, state, label, network, address, publishedPort } = filter;
    if (name) {
      const matches = nameTest(name);
      tests.push((container) => matches(container.name));
    }
    if (image) tests.push((container) => container.image === image || container.imageId === image);
    if (state) tests.push((container) => container.state === state);
    if (label?.length) {
      const matches = labelTest(label);
      tests.push((container) => matches(container.labels));
    }
    if (network) {
      const { resource } = this.references.network(network, filter.engine ?? undefined);
      tests.push(({ attachments }) => attachments.some(({ networkId }) => networkId === resource.id));
    }
    if (address) {
      const wanted = requireAddress(address, 'address');
      tests.push(({ attachments }) =>
        attachments.some(({ ipv4Address, ipv6Address }) => ipv4Address === wanted || ipv6Address === wanted),
      );
    }
    if (publishedPort) {
      tests.push(({ publishedPorts }) => publishedPorts.some(({ hostPort }) => hostPort === publishedPort));
    }
    return (container) => tests.every((test) => test(container));
  }
}

function candidates(snapshot: EngineSnapshot, { label }: ContainerFilter): readonly Container[] {
  const [first] = label ?? [];
  return first === undefined ? snapshot.containers : (snapshot.containersByLabel.get(first) ?? []);
}
