import { DomainError } from '../../errors/domain.error.js';
import type { ErrorCode } from '../../errors/error-codes.js';
import type { EngineRequest } from '../transport/engine-connection.js';
import type { Said, Speaker } from '../engine-dialect.js';
import { isObject, listAt, objectAt, objectsAt, textAt, type JsonObject } from '../engine-json.js';
import { DEFAULT_NETWORK } from './podman-answer.mapper.js';

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** Refuses what Podman would take and forget: each name is what a caller knows the setting by. */
function refuseForgotten(settings: Readonly<Record<string, unknown>>, { engine }: Speaker): void {
  const forgotten = Object.entries(settings).filter(([, value]) => isSet(value));
  if (forgotten.length === 0) return;
  const names = forgotten.map(([name]) => name);
  throw new DomainError('UNSUPPORTED_BY_ENGINE', `Engine ${engine} is a Podman, which has no ${names.join(', ')}.`, {
    engine,
    errors: names.map((field) => ({ field, message: 'is nothing that Podman knows' })),
  });
}

export function toPodmanNetwork(said: Said, speaker: Speaker): Said {
  const body = (said.body ?? {}) as JsonObject;
  const ipam = objectAt(body, 'IPAM');
  const ipamDriver = textAt(ipam, 'Driver');
  refuseForgotten(
    {
      attachable: body['Attachable'],
      ingress: body['Ingress'],
      configOnly: body['ConfigOnly'],
      configFrom: body['ConfigFrom'],
      scope: body['Scope'] === 'local' ? undefined : body['Scope'],
      'ipam.driver': ipamDriver === 'default' ? undefined : ipamDriver,
      'ipam.options': ipam['Options'],
      'ipam.pools.auxiliaryAddresses': objectsAt(ipam, 'Config').flatMap(({ AuxiliaryAddresses }) =>
        isSet(AuxiliaryAddresses) ? [AuxiliaryAddresses] : [],
      ),
    },
    speaker,
  );
  return said;
}

function refuseEndpoint(endpoint: JsonObject, speaker: Speaker): void {
  refuseForgotten({ links: listAt(endpoint, 'Links'), driverOptions: endpoint['DriverOpts'] }, speaker);
}

export function toPodmanAttachment(said: Said, speaker: Speaker): Said {
  refuseEndpoint(objectAt((said.body ?? {}) as JsonObject, 'EndpointConfig'), speaker);
  return said;
}

/** Found out before anything was done. */
const REFUSED_AT_ONCE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ALREADY_ATTACHED',
  'ATTACHMENT_IMPOSSIBLE',
  'CONTAINER_NOT_FOUND',
  'NETWORK_NOT_FOUND',
]);

/** Podman keeps the entry of an attachment that failed, and can then describe neither the container nor list any. */
export function takeOffAgain(refused: EngineRequest, code: ErrorCode): EngineRequest | undefined {
  if (REFUSED_AT_ONCE.has(code)) return undefined;
  const path = refused.path.replace(/\/connect$/, '/disconnect');
  return { ...refused, operation: 'detach', path, body: { Container: (refused.body as JsonObject)['Container'], Force: true } };
}

/**
 * Podman takes a MAC address only from the entry of a network, however old the API. It does not find its default
 * network by Docker's name for it in such an entry, but by its id.
 */
export async function toPodmanContainer(said: Said, speaker: Speaker): Promise<Said> {
  const { MacAddress, NetworkingConfig, ...body } = (said.body ?? {}) as JsonObject;
  const hostConfig = objectAt(body, 'HostConfig');
  refuseForgotten({ links: hostConfig['Links'] }, speaker);
  const mode = textAt(hostConfig, 'NetworkMode') ?? DEFAULT_NETWORK;
  const entries = objectAt(isObject(NetworkingConfig) ? NetworkingConfig : {}, 'EndpointsConfig');
  const endpoint = { ...objectAt(entries, mode), MacAddress: MacAddress ?? objectAt(entries, mode)['MacAddress'] };
  refuseEndpoint(endpoint, speaker);
  if (!Object.hasOwn(entries, mode) || !Object.values(endpoint).some(isSet)) return { ...said, body };
  const key = mode === DEFAULT_NETWORK ? (await idOf(mode, speaker)) : mode;
  return {
    ...said,
    body: {
      ...body,
      HostConfig: { ...hostConfig, NetworkMode: key },
      NetworkingConfig: { EndpointsConfig: { [key]: endpoint } },
    },
  };
}

async function idOf(name: string, { findNetwork }: Speaker): Promise<string> {
  return textAt((await findNetwork(name)) ?? {}, 'Id') ?? name;
}

/** Podman ends the answer as soon as `until` is past, before it has said anything; `stream` ends it after the last event. */
export function toPodmanRemembered(said: Said): Said {
  if (said.query?.['until'] === undefined) return said;
  const { until: _, ...query } = said.query;
  return { ...said, query: { ...query, stream: 'false' } };
}
