import Docker from 'dockerode';
import { toDomainError } from '../../src/docker/errors/docker.errors.js';
import type { ContainerSpec, NetworkSpec } from '../../src/docker/docker.gateway.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { EngineOperation } from '../../src/docker/errors/engine-refusal.js';
import { DomainError } from '../../src/errors/domain.error.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import { startPrivateEngine, type PrivateEngine, type PrivateEngineOptions } from '../support/private-engine.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

export interface RawAnswer {
  readonly status: number;
  readonly message: string;
  readonly json: unknown;
}

/** How docker-modem reports a refusal. */
interface RawFailure extends Error {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | Buffer;
}

/** A private engine with our gateway to it, and a raw way around the gateway for what the port cannot express. */
export class EngineLab {
  private constructor(
    readonly engine: PrivateEngine,
    readonly gateway: DockerodeGateway,
    private readonly docker: Docker,
  ) {}

  static async start(options: PrivateEngineOptions = {}): Promise<EngineLab> {
    const engine = await startPrivateEngine(options);
    const gateway = new DockerodeGateway({ name: engine.name, endpoint: engine.endpoint });
    return new EngineLab(engine, gateway, new Docker({ socketPath: engine.socketPath }));
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.engine.stop();
  }

  network(name: string, changes: Partial<NetworkSpec> = {}): Promise<string> {
    return this.gateway.createNetwork(aNetworkSpec(name, changes)).then(({ id }) => id);
  }

  container(changes: Partial<ContainerSpec> = {}): Promise<string> {
    return this.gateway.createContainer(aContainerSpec(changes)).then(({ id }) => id);
  }

  async running(changes: Partial<ContainerSpec> = {}): Promise<string> {
    const id = await this.container(changes);
    await this.gateway.startContainer(id);
    return id;
  }

  /** A container of the test's own: a failed attachment may leave it spoilt. */
  async withContainer(isRunning: boolean, test: (container: string) => Promise<void>): Promise<void> {
    const container = await (isRunning ? this.running() : this.container());
    try {
      await test(container);
    } finally {
      await this.gateway.removeContainer(container, { force: true });
    }
  }

  /** Asks the engine without the gateway; never throws for what the engine answers. */
  raw(method: string, path: string, body?: object): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const statusCodes = { 200: true, 201: true, 204: true };
      this.docker.modem.dial({ method, path, options: body ?? {}, statusCodes }, (error, json) => {
        const failure: RawFailure | null = error;
        if (failure === null) return resolve({ status: 200, message: '', json });
        if (failure.statusCode === undefined) return reject(failure);
        const message = Buffer.isBuffer(failure.json) ? String(failure.json) : (failure.json?.message ?? '');
        resolve({ status: failure.statusCode, message, json: failure.json });
      });
    });
  }

  /** What we would say to a raw refusal. */
  async rawCode(operation: EngineOperation, method: string, path: string, body?: object): Promise<ErrorCode | 'none'> {
    const { status, message } = await this.raw(method, path, body);
    if (status < 300) return 'none';
    return toDomainError({ engine: this.engine.name, operation, status, message }).code;
  }
}

/** The code that a call is refused with; `none` where it is not. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode | 'none'> {
  const failure = await failureOf(call);
  return failure === undefined ? 'none' : failure.code;
}

export async function failureOf(call: Promise<unknown>): Promise<DomainError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
