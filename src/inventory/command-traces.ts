import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, Optional } from '@nestjs/common';
import type { ContainerSpec, Created, DockerGateway } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { EventCause, ObservedChange } from '../events/event.js';
import { currentRequest } from '../logging/request-context.js';
import { effectsOf } from './command-effects.js';
import { CommandTracesRepository, type CommandTrace } from './command-traces.repository.js';
import { COMMAND_MAY_TAKE_MS, EVENTS_MAY_COME_MS, ExpectedEvents } from './expected-events.js';
import { Inventory } from './inventory.js';

/** No command and no event waits longer for a database that hangs. */
const LONGEST_POST_MS = 1_000;

/** Of which engines this process tells what happens. */
export abstract class EngineTellers {
  abstract isToldHere(engine: string): boolean;
}

/** Sees every command before it is sent to an engine, and notes which events it will have led to. */
@Injectable()
export class CommandTraces {
  private readonly logger = new Logger(CommandTraces.name);
  /** Ids of traces of other processes, by engine. */
  private readonly taken = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly inventory: Inventory,
    private readonly expected: ExpectedEvents,
    @Optional() private readonly tellers?: EngineTellers,
    @Optional() private readonly repository?: CommandTracesRepository,
  ) {}

  /** The command of this service that led to a change; to be asked once for each, of which `takeTraces` was called before. */
  causeOf(change: ObservedChange): EventCause | null {
    return this.expected.find(change);
  }

  /** Brings in what commands of other processes are about to lead to. */
  async takeTraces(engine: string): Promise<void> {
    if (this.repository?.isAvailable === true) await this.unlessAway(async (repository) => this.take(engine, repository));
  }

  private async take(engine: string, repository: CommandTracesRepository): Promise<void> {
    const traces = await repository.list(engine);
    const before = this.taken.get(engine) ?? new Set<string>();
    for (const { id, cause, expected, forMs } of traces) this.expected.note(engine, id, cause, expected, forMs);
    const now = new Set(traces.map(({ id }) => id));
    for (const id of before) if (!now.has(id)) this.expected.drop(engine, id);
    this.taken.set(engine, now);
  }

  /** The same gateway, its commands noted. */
  traced(gateway: DockerGateway): DockerGateway {
    const placed = new Map<string, string[]>();
    return new Proxy(gateway, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = member.bind(target) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => this.run(target.engine, { name: String(name), args, placed }, () => call(...args));
      },
    });
  }

  private run(engine: string, command: Called, call: () => unknown): unknown {
    const request = currentRequest();
    if (request === undefined) return call();
    const { name, args, placed } = command;
    const expected = effectsOf(name, args, { snapshot: this.inventory.snapshot(engine), placed });
    if (expected.length === 0) return call();
    const cause = { requestId: request.requestId, keyName: request.keyName ?? null };
    const trace = { id: randomUUID(), engine, cause, expected, forMs: COMMAND_MAY_TAKE_MS };
    const answer = this.tellers?.isToldHere(engine) === false ? this.runElsewhere(trace, call) : this.runHere(trace, call);
    return answer.then((made) => {
      place(command, made);
      return made;
    });
  }

  private async runHere({ id, engine, cause, expected, forMs }: CommandTrace, call: () => unknown): Promise<unknown> {
    this.expected.note(engine, id, cause, expected, forMs);
    try {
      const answer = await call();
      this.expected.note(engine, id, cause, expected, EVENTS_MAY_COME_MS);
      return answer;
    } catch (error) {
      if (isRefusal(error)) this.expected.drop(engine, id);
      throw error;
    }
  }

  private async runElsewhere(trace: CommandTrace, call: () => unknown): Promise<unknown> {
    await this.unlessAway((repository) => repository.add(trace));
    try {
      const answer = await call();
      await this.unlessAway((repository) => repository.keepFor(trace.id, EVENTS_MAY_COME_MS));
      return answer;
    } catch (error) {
      if (isRefusal(error)) await this.unlessAway((repository) => repository.remove(trace.id));
      throw error;
    }
  }

  /** Commands and events go on while the database is away: then nobody knows what led to them. */
  private async unlessAway(work: (repository: CommandTracesRepository) => Promise<void>): Promise<void> {
    const patience = new AbortController();
    try {
      const tooLate = delay(LONGEST_POST_MS, undefined, { signal: patience.signal }).catch(() => undefined);
      if (this.repository !== undefined) await Promise.race([work(this.repository), tooLate]);
    } catch (error) {
      this.logger.warn(`What leads to coming events cannot be passed on between processes: ${String(error)}`);
    } finally {
      patience.abort();
    }
  }
}

interface Called {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly placed: Map<string, string[]>;
}

/** Remembers where a container that was just made is. */
function place({ name, args, placed }: Called, made: unknown): void {
  if (name === 'createContainer') placed.set((made as Created).id, [(args[0] as ContainerSpec).networkMode]);
  if (name === 'connectContainer') placed.get(args[1] as string)?.push(args[0] as string);
}

/** The engine has said that it did not do it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  return error.extras.outcome !== 'unknown' && error.kind !== 'engine-error';
}
