import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { isAtLeast } from './api-version.js';
import { isIdentified } from './engine-answer.js';
import { orUndefined, type Ask, type EngineClient } from './engine-client.js';
import { flagAt, isObject, objectAt, textAt, type JsonObject } from './engine-json.js';
import type { GatewayTimeouts } from './gateway-timeouts.js';

/** Three requests do not take longer: one that is younger may be in use by another process. */
const IN_USE_MS = 5_000;
/** Marks what stands for the moment of three requests only, so that whoever finds one later knows that it is left over. */
const TWIN_LABEL = 'fairlead.half-made-endpoint';

interface Place {
  readonly networkId: string;
  readonly containerId: string;
}

/**
 * Takes out of a running container's record what is left there when its interface could not be made: an entry with an
 * endpoint's id and address, though the network has no such endpoint. Engines refuse to detach it for that reason. But for
 * a name that they cannot resolve, a forced detachment only strikes the entry: so the name is given to a second network,
 * one that merely holds settings, for the moment that this takes.
 */
export class HalfMadeEndpoints {
  private readonly logger = new Logger(HalfMadeEndpoints.name);
  /** Our own, in use or left because the engine did not take them away. */
  private readonly standing = new Set<string>();
  private readonly left = new Set<string>();
  /** A process that was killed just then may have left a second network. */
  private othersMayHaveLeft = false;

  constructor(
    private readonly client: EngineClient,
    private readonly timeouts: Pick<GatewayTimeouts, 'readMs' | 'commandMs'>,
  ) {}

  /** False where the refusal to detach says nothing of the kind, or where an engine gives no name twice (API 1.44). */
  async dropAfter(refusal: unknown, place: Place): Promise<boolean> {
    if (!(refusal instanceof DomainError) || refusal.code !== 'ATTACHMENT_NOT_FOUND') return false;
    if (!(await this.givesNamesTwice())) return false;
    const name = await nameOfEntry(this.client, { ...place, readMs: this.timeouts.readMs });
    if (name === undefined) return false;
    await this.withTwin(name, async () => {
      const body = { Container: place.containerId, Force: true };
      await this.command({ operation: 'detach', method: 'POST', path: this.client.path('networks', name, 'disconnect'), body });
    });
    return true;
  }

  /** The engine is looked after from now on: what others have left there is ours to take away. Who only tries it out changes nothing. */
  lookAfter(): void {
    this.othersMayHaveLeft = true;
  }

  /** Takes away what an earlier try has left; asks nothing where that cannot be. */
  async sweep(): Promise<void> {
    if (!this.othersMayHaveLeft && this.left.size === 0) return;
    try {
      if (await this.givesNamesTwice()) await this.removeLeft();
    } catch (error) {
      this.logger.warn(`Engine ${this.client.engine} could not be rid of what an attachment may have left: ${String(error)}`);
    }
  }

  private async withTwin(name: string, work: () => Promise<void>): Promise<void> {
    const mark = randomUUID();
    this.standing.add(mark);
    try {
      const body = { Name: name, CheckDuplicate: false, ConfigOnly: true, Labels: { [TWIN_LABEL]: mark } };
      await this.command({ operation: 'network.create', method: 'POST', path: '/networks/create', body });
      await work();
    } finally {
      this.standing.delete(mark);
      this.left.add(mark);
      // What this finds no way to do is done when the engine is connected to next: it is no failure of the work.
      await this.sweep();
    }
  }

  private async removeLeft(): Promise<void> {
    const query = { filters: JSON.stringify({ label: [TWIN_LABEL] }) };
    const twins = await this.client.readList({ operation: 'network.list', path: '/networks', query, timeoutMs: this.timeouts.readMs });
    const now = twins.length === 0 ? null : await this.client.ping(this.timeouts.readMs);
    let areInUse = false;
    for (const twin of twins) {
      const [id, mark] = [textAt(twin, 'Id') ?? '', textAt(objectAt(twin, 'Labels'), TWIN_LABEL) ?? ''];
      const ageMs = (now?.getTime() ?? 0) - Date.parse(textAt(twin, 'Created') ?? '');
      if (this.standing.has(mark) || (!this.left.has(mark) && !(ageMs > IN_USE_MS))) {
        areInUse = true;
        continue;
      }
      await orUndefined('NETWORK_NOT_FOUND', () =>
        this.command({ operation: 'network.remove', method: 'DELETE', path: this.client.path('networks', id), subject: id }),
      );
      this.left.delete(mark);
    }
    if (!areInUse) {
      this.othersMayHaveLeft = false;
      this.left.clear();
    }
  }

  private async givesNamesTwice(): Promise<boolean> {
    return !isAtLeast((await this.client.target(this.timeouts.readMs)).apiVersion, '1.44');
  }

  private async command(ask: Omit<Ask, 'timeoutMs'>): Promise<void> {
    await this.client.command({ timeoutMs: this.timeouts.commandMs, ...ask });
  }
}

async function nameOfEntry(client: EngineClient, { networkId, containerId, readMs }: Place & { readonly readMs: number }): Promise<string | undefined> {
  const inspect = (operation: 'network.inspect' | 'container.inspect', path: string, subject: string): Promise<JsonObject> =>
    client.readObject({ operation, path, subject, timeoutMs: readMs }, isIdentified);
  const network = await orUndefined('NETWORK_NOT_FOUND', () =>
    inspect('network.inspect', client.path('networks', networkId), networkId),
  );
  const container = await orUndefined('CONTAINER_NOT_FOUND', () =>
    inspect('container.inspect', client.path('containers', containerId, 'json'), containerId),
  );
  if (network === undefined || container === undefined) return undefined;
  const name = textAt(network, 'Name') ?? '';
  const entry = objectAt(objectAt(objectAt(container, 'NetworkSettings'), 'Networks'), name);
  const isThere = isObject(objectAt(network, 'Containers')[textAt(container, 'Id') ?? '']);
  const isHalfMade = flagAt(objectAt(container, 'State'), 'Running') && textAt(entry, 'EndpointID') !== null && !isThere;
  return isHalfMade ? name : undefined;
}
