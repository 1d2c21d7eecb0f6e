import { sshFault, tlsFault, type CredentialFault } from '../config/credentials.js';
import { endpointIdentity, endpointProblem, parseEndpoint } from '../config/endpoint.js';
import { ENGINE_NAME, ENGINE_NAME_RULE } from '../config/engine-settings.js';
import type { EngineSettings, SshSettings, TlsSettings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineReach } from '../resources/engine.js';
import type { UpdateEngineInput } from './engine.inputs.js';

/** How an engine is reached, secrets included. Must not be stored, logged or shown. */
export type Way = Omit<EngineSettings, 'name'>;

export function requireName(name: string): void {
  if (!ENGINE_NAME.test(name)) throw invalid('The name cannot be used.', 'name', ENGINE_NAME_RULE);
}

/** Fails with `VALIDATION_FAILED` for what can be no way to any engine. */
export function requireWay({ endpoint, tls, ssh }: Way): Way {
  const parsed = parseEndpoint(endpoint);
  if (parsed === undefined) throw invalid('The endpoint cannot be used.', 'endpoint', endpointProblem(endpoint));
  if (tls !== undefined && parsed.kind !== 'tcp') throw invalid('TLS is for tcp:// endpoints.', 'tls', 'needs a tcp:// endpoint');
  if (ssh !== undefined && parsed.kind !== 'ssh') throw invalid('It is no ssh:// endpoint.', 'ssh', 'needs an ssh:// endpoint');
  if (ssh === undefined && parsed.kind === 'ssh') {
    throw invalid('No host is trusted unseen, and no engine reached without a key or password.', 'ssh', 'is required for ssh:// endpoints');
  }
  refuse('tls', tls && tlsFault(tls));
  refuse('ssh', ssh && sshFault(ssh));
  const plain = parsed.kind === 'unix' ? endpoint : endpoint.replace(/\/$/, '');
  return { endpoint: plain, ...(tls && { tls: only<TlsSettings>(tls) }), ...(ssh && { ssh: trimmed(ssh) }) };
}

/** Absent keeps, null clears. */
export function merge(before: Way, { endpoint, tls, ssh }: UpdateEngineInput): Way {
  return {
    endpoint: endpoint ?? before.endpoint,
    tls: tls === undefined ? before.tls : (tls ?? undefined),
    ssh: ssh === undefined ? before.ssh : (ssh ?? undefined),
  };
}

export function identityOf({ endpoint, tls }: Way): string {
  return endpointIdentity(endpoint, tls !== undefined);
}

export function identityOfReach({ endpoint, tls }: EngineReach): string {
  return endpointIdentity(endpoint, tls);
}

export function alreadyKnown(endpoint: string, engine: string): DomainError {
  const detail = `What is reached at ${endpoint} is looked after already, under the name ${engine}: one engine has one name.`;
  return new DomainError('ENGINE_ALREADY_KNOWN', detail, { engine });
}

export function nameTaken(engine: string): DomainError {
  return new DomainError('ENGINE_NAME_TAKEN', `There is an engine "${engine}" already.`, { engine });
}

/** Without comments after keys, which may name people. */
function trimmed(ssh: SshSettings): SshSettings {
  const hostKeys = ssh.hostKeys.map((text) => text.trim().split(/\s+/).slice(0, 2).join(' '));
  return { ...only<SshSettings>(ssh), hostKeys };
}

/** A plain object, without fields that are absent. */
function only<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function refuse(kind: 'tls' | 'ssh', fault: CredentialFault | undefined): void {
  if (fault === undefined) return;
  throw invalid(`The engine cannot be reached with this: ${kind}.${fault.field} ${fault.problem}.`, `${kind}.${fault.field}`, fault.problem);
}

function invalid(detail: string, field: string, message: string): DomainError {
  return DomainError.invalid(detail, { field, message });
}
