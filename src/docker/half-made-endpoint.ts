import { isAtLeast } from './api-version.js';
import { isIdentified, parseJson } from './engine-answer.js';
import { orUndefined, type Ask, type EngineClient } from './engine-client.js';
import { flagAt, isObject, objectAt, textAt, type JsonObject } from './engine-json.js';

interface Place {
  readonly networkId: string;
  readonly containerId: string;
  readonly readMs: number;
  readonly commandMs: number;
}

/**
 * Takes out of a running container's record what is left there when its interface could not be made: an entry with an
 * endpoint's id and address, though the network has no such endpoint. Engines refuse to detach it for that reason. But for
 * a name that they cannot resolve, a forced detachment only strikes the entry: so the name is given to a second network,
 * one that merely holds settings, for the moment that this takes. False where there is nothing of the kind, or where an
 * engine does not give a name twice (API 1.44).
 */
export async function dropHalfMade(client: EngineClient, place: Place): Promise<boolean> {
  if (isAtLeast((await client.target(place.readMs)).apiVersion, '1.44')) return false;
  const name = await nameOfEntry(client, place);
  if (name === undefined) return false;
  const command = (ask: Omit<Ask, 'timeoutMs'>) => client.command({ timeoutMs: place.commandMs, ...ask });
  const body = { Name: name, CheckDuplicate: false, ConfigOnly: true };
  const made = await command({ operation: 'network.create', method: 'POST', path: '/networks/create', body });
  const created = parseJson(made.text);
  const twin = isIdentified(created) ? textAt(created, 'Id') : null;
  try {
    const forced = { Container: place.containerId, Force: true };
    await command({ operation: 'detach', method: 'POST', path: client.path('networks', name, 'disconnect'), body: forced });
  } finally {
    if (twin !== null) {
      await command({ operation: 'network.remove', method: 'DELETE', path: client.path('networks', twin), subject: twin });
    }
  }
  return true;
}

async function nameOfEntry(client: EngineClient, { networkId, containerId, readMs }: Place): Promise<string | undefined> {
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
