import type { PrivateEngine } from '../support/private-engine.js';
import type { Resources } from '../support/replay.js';

/** Networks, containers and their places on networks, in one line each. */
export interface Condensed {
  readonly networks: readonly string[];
  readonly containers: readonly string[];
  readonly attachments: readonly string[];
}

interface InspectedNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>>;
}

interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Running: boolean };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly EndpointID: string; readonly IPAddress: string }>>;
  };
}

/** An engine as the docker client inspects it. */
export async function shownByDocker(engine: PrivateEngine): Promise<Condensed> {
  const networks = await inspectAll<InspectedNetwork>(engine, 'network', ['network', 'ls']);
  const containers = await inspectAll<InspectedContainer>(engine, 'container', ['ps', '--all']);
  return {
    networks: networks.map(({ Id, Name, Driver, Labels }) => `${Name} ${Id} ${Driver} ${JSON.stringify(Labels)}`).sort(),
    containers: containers.map(({ Id, Name, State }) => `${Name.slice(1)} ${Id} ${State.Status}`).sort(),
    attachments: containers
      .flatMap(({ Id, State, NetworkSettings }) =>
        Object.entries(NetworkSettings.Networks).map(([network, { EndpointID, IPAddress }]) => {
          // What has ended keeps the address of its last run when its engine has crashed (engine-facts 0.10).
          const isActive = State.Running && EndpointID !== '';
          return `${network}/${Id} ${isActive ? `at ${IPAddress}` : 'inactive'}`;
        }),
      )
      .sort(),
  };
}

async function inspectAll<T>(engine: PrivateEngine, kind: string, list: string[]): Promise<T[]> {
  const ids = await engine.docker(...list, '--no-trunc', '--quiet');
  return ids === '' ? [] : (JSON.parse(await engine.docker(kind, 'inspect', ...ids.split('\n'))) as T[]);
}

/** The same of what Fairlead has shown or told. */
export function condensed({ networks, containers, attachments }: Resources): Condensed {
  const some = <T>(map: ReadonlyMap<string, T | null>): T[] => [...map.values()].filter((each) => each !== null);
  return {
    networks: some(networks)
      .map(({ engineId, name, driver, labels }) => `${name} ${engineId} ${driver} ${JSON.stringify(labels)}`)
      .sort(),
    containers: some(containers).map(({ id, name, state }) => `${name} ${id} ${state}`).sort(),
    attachments: some(attachments)
      .map(({ networkName, containerId, active, ipv4Address }) => {
        return `${networkName}/${containerId} ${active ? `at ${ipv4Address ?? ''}` : 'inactive'}`;
      })
      .sort(),
  };
}
