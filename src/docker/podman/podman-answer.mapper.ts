import type { Speaker } from '../engine-dialect.js';
import { flagAt, isObject, objectAt, textAt, textsAt, type JsonObject } from '../engine-json.js';

/** Podman finds its default network, whatever its name (`podman`, unless configured), by Docker's name for it too. */
export const DEFAULT_NETWORK = 'bridge';

/** Podman makes its default network up anew now and then, with another time of creation each time. */
export async function fromPodmanNetwork(json: JsonObject, speaker: Speaker): Promise<JsonObject> {
  const live = Object.entries(objectAt(json, 'Containers'))
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]) && textAt(entry[1], 'MacAddress') !== null)
    .map(([id, endpoint]) => [id, { ...endpoint, EndpointID: id }] as const);
  const isDefault = json['Id'] === (await speaker.findNetwork(DEFAULT_NETWORK))?.['Id'];
  return {
    ...json,
    ...(isDefault && { Name: DEFAULT_NETWORK, Created: null }),
    Containers: Object.fromEntries(live),
  };
}

/**
 * In Podman's record an entry names its network where Docker has an id, endpoints have no ids, the network mode is
 * `bridge` for a container on any networks, who shares another's network shows the other's entries as its own, and the
 * image is written out in full.
 */
export async function fromPodmanContainer(json: JsonObject, speaker: Speaker): Promise<JsonObject> {
  const hostConfig = objectAt(json, 'HostConfig');
  const config = objectAt(json, 'Config');
  const mode = textAt(hostConfig, 'NetworkMode') ?? DEFAULT_NETWORK;
  const isSharing = mode.startsWith('container:');
  const isRunning = flagAt(objectAt(json, 'State'), 'Running');
  const id = textAt(json, 'Id') ?? '';
  const named = isSharing ? [] : await withNetworkIds(json, speaker);
  const networks = named.map(([name, entry]) => [name, withEndpointId(entry, isRunning, id)] as const);
  return {
    ...json,
    Config: { ...config, Image: familiarName(textAt(config, 'Image') ?? '') },
    HostConfig: { ...hostConfig, NetworkMode: mode === DEFAULT_NETWORK ? modeOf(named) : mode },
    NetworkSettings: { ...objectAt(json, 'NetworkSettings'), Networks: Object.fromEntries(networks) },
  };
}

export async function fromPodmanListedContainer(json: JsonObject, speaker: Speaker): Promise<JsonObject> {
  const networks = Object.fromEntries(await withNetworkIds(json, speaker));
  return { ...json, NetworkSettings: { ...objectAt(json, 'NetworkSettings'), Networks: networks } };
}

/** A network cannot go before the entries of its containers, so that its name finds it. */
async function withNetworkIds(json: JsonObject, { findNetwork }: Speaker): Promise<(readonly [string, JsonObject])[]> {
  const entries = Object.entries(objectAt(objectAt(json, 'NetworkSettings'), 'Networks'));
  const byDefault = entries.length === 0 ? undefined : await findNetwork(DEFAULT_NETWORK);
  return Promise.all(
    entries.map(async ([given, said]) => {
      const entry = isObject(said) ? said : {};
      const network = await findNetwork(given);
      const isDefault = network !== undefined && network['Id'] === byDefault?.['Id'];
      // Its name service knows no host names, and serves bridges only.
      const names = network?.['Driver'] === 'bridge' ? [nameOf(json), ...textsAt(entry, 'Aliases')] : [];
      const told = { ...entry, NetworkID: network?.['Id'] ?? '', DNSNames: names };
      return [isDefault ? DEFAULT_NETWORK : given, told] as const;
    }),
  );
}

/** As Docker shows what was asked for in short: Podman writes it out in full. */
function familiarName(image: string): string {
  return image.replace(/^(localhost|docker\.io\/library|docker\.io)\//, '').replace(/:latest$/, '');
}

function nameOf(json: JsonObject): string {
  return (textAt(json, 'Name') ?? '').replace(/^\//, '');
}

/**
 * Of a running container an entry without a MAC address is what a failed attach left behind; Docker shows such a one by
 * its lacking a network id.
 */
function withEndpointId(entry: JsonObject, isRunning: boolean, containerId: string): JsonObject {
  if (!isRunning) return entry;
  return textAt(entry, 'MacAddress') === null ? { ...entry, NetworkID: '' } : { ...entry, EndpointID: containerId };
}

/** Which network a container was created on is not told where it is on several. */
function modeOf(networks: readonly (readonly [string, JsonObject])[]): string {
  const names = networks.map(([name]) => name).sort();
  return names.includes(DEFAULT_NETWORK) ? DEFAULT_NETWORK : (names[0] ?? DEFAULT_NETWORK);
}
