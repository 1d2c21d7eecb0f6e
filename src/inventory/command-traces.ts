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
import { swarmEffectsOf, type Effects } from './swarm-effects.js';

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
    const swarm = this.notingCalls(gateway.swarm, (name, args) => this.swarmEffects(gateway.engine, name, args));
    return this.notingCalls(gateway, (name, args) => this.effects(gateway.engine, name, args, placed), {
      members: { swarm },
      onDone: (name, args, made) => place(placed, name, args, made),
    });
  }

  private notingCalls<T extends object>(gateway: T, effectsOf: (name: string, args: readonly unknown[]) => readonly Effects[], also: Also = {}): T {
    return new Proxy(gateway, {
      get: (target, name) => {
        const own = also.members?.[String(name)];
        if (own !== undefined) return own;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = member.bind(target) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const request = currentRequest();
          const effects = request === undefined ? [] : effectsOf(String(name), args);
          if (request === undefined || effects.length === 0) return call(...args);
          const cause = { requestId: request.requestId, keyName: request.keyName ?? null };
          return this.run(toTraces(effects, cause), () => call(...args)).then((made) => {
            also.onDone?.(String(name), args, made);
            return made;
          });
        };
      },
    });
  }

  private effects(engine: string, name: string, args: readonly unknown[], placed: ReadonlyMap<string, readonly string[]>): readonly Effects[] {
    const expected = effectsOf(name, args, { snapshot: this.inventory.snapshot(engine), placed });
    return expected.length === 0 ? [] : [{ engines: [engine], expected, mayComeMs: EVENTS_MAY_COME_MS }];
  }

  private swarmEffects(engine: string, name: string, args: readonly unknown[]): readonly Effects[] {
    return swarmEffectsOf(name, args, { snapshot: this.inventory.snapshot(engine), swarms: this.inventory.swarms() });
  }

  private async run(traces: readonly Trace[], call: () => unknown): Promise<unknown> {
    const elsewhere = traces.filter(({ engine }) => this.tellers?.isToldHere(engine) === false);
    const here = traces.filter((trace) => !elsewhere.includes(trace));
    for (const { id, engine, cause, expected, forMs } of here) this.expected.note(engine, id, cause, expected, forMs);
    await this.forEach(elsewhere, (repository, trace) => repository.add(trace));
    try {
      const answer = await call();
      for (const { id, engine, cause, expected, mayComeMs } of here) this.expected.note(engine, id, cause, expected, mayComeMs);
      await this.forEach(elsewhere, (repository, trace) => repository.keepFor(trace, trace.mayComeMs));
      return answer;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      for (const { id, engine } of here) this.expected.drop(engine, id);
      await this.forEach(elsewhere, (repository, trace) => repository.remove(trace));
      throw error;
    }
  }

  private async forEach(traces: readonly Trace[], work: (repository: CommandTracesRepository, trace: Trace) => Promise<void>): Promise<void> {
    if (traces.length === 0) return;
    await this.unlessAway(async (repository) => {
      for (const trace of traces) await work(repository, trace);
    });
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

interface Trace extends CommandTrace {
  /** After its answer. */
  readonly mayComeMs: number;
}

interface Also {
  /** In place of the gateway's own. */
  readonly members?: Readonly<Record<string, object>>;
  readonly onDone?: (name: string, args: readonly unknown[], made: unknown) => void;
}

function toTraces(effects: readonly Effects[], cause: EventCause): Trace[] {
  return effects.flatMap(({ engines, expected, mayComeMs }) => {
    const id = randomUUID();
    return engines.map((engine) => ({ id, engine, cause, expected, forMs: COMMAND_MAY_TAKE_MS, mayComeMs }));
  });
}

/** Remembers where a container that was just made is. */
function place(placed: Map<string, string[]>, name: string, args: readonly unknown[], made: unknown): void {
  if (name === 'createContainer') placed.set((made as Created).id, [(args[0] as ContainerSpec).networkMode]);
  if (name === 'connectContainer') placed.get(args[1] as string)?.push(args[0] as string);
}

/** The engine has said that it did not do it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  return error.extras.outcome !== 'unknown' && error.kind !== 'engine-error';
}
