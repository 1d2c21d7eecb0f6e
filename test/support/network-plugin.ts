import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PrivateEngine } from './private-engine.js';

const FOLDER = '/run/docker/plugins';
const POOL = '10.71.0';

/** As much of the requests as is looked at here; Docker's remote driver and IPAM protocols. */
interface Call {
  readonly NetworkID?: string;
  readonly EndpointID?: string;
  readonly Pool?: string;
  readonly Address?: string;
  readonly Options?: Readonly<Record<string, unknown>> | null;
  readonly IPv4Data?: readonly { readonly Gateway: string }[];
  readonly Interface?: { readonly Address: string; readonly MacAddress: string };
}

export interface NetworkPlugin {
  readonly name: string;
  /** The calls that came, `NetworkDriver.Join` each. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

/**
 * A driver for networks and addresses, as small as one can be: a bridge and a pair of interfaces for each container, in
 * the engine's own network namespace. Engines look for plugins in a folder of the machine's, so the name must be nobody else's.
 */
export async function startNetworkPlugin(engine: PrivateEngine, name: string): Promise<NetworkPlugin> {
  const driver = new BridgingDriver(engine);
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const call = (request.url ?? '').slice(1);
    calls.push(call);
    answer(driver, call, request).then(
      (json) => response.writeHead(json === undefined ? 404 : 200).end(JSON.stringify(json ?? { Err: 'not implemented' })),
      (error: unknown) => response.writeHead(500).end(JSON.stringify({ Err: String(error) })),
    );
  });
  mkdirSync(FOLDER, { recursive: true });
  const socket = `${FOLDER}/${name}.sock`;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { name, calls, stop: () => stop(server, socket) };
}

async function answer(driver: BridgingDriver, call: string, request: IncomingMessage): Promise<object | undefined> {
  const body = JSON.parse((await text(request)) || '{}') as Call;
  switch (call) {
    case 'Plugin.Activate': return { Implements: ['NetworkDriver', 'IpamDriver'] };
    case 'NetworkDriver.GetCapabilities': return { Scope: 'local', ConnectivityScope: 'local' };
    case 'NetworkDriver.CreateNetwork': return driver.createNetwork(body);
    case 'NetworkDriver.DeleteNetwork': return driver.deleteNetwork(body);
    case 'NetworkDriver.CreateEndpoint': return driver.createEndpoint(body);
    case 'NetworkDriver.EndpointOperInfo': return { Value: {} };
    case 'NetworkDriver.Join': return driver.join(body);
    case 'NetworkDriver.Leave': return driver.leave(body);
    case 'NetworkDriver.DeleteEndpoint': return {};
    case 'IpamDriver.GetDefaultAddressSpaces': return { LocalDefaultAddressSpace: 'here', GlobalDefaultAddressSpace: 'there' };
    case 'IpamDriver.RequestPool': return { PoolID: 'pool', Pool: body.Pool || `${POOL}.0/24`, Data: {} };
    case 'IpamDriver.RequestAddress': return driver.requestAddress(body);
    case 'IpamDriver.ReleasePool':
    case 'IpamDriver.ReleaseAddress': return {};
    default: return undefined;
  }
}

class BridgingDriver {
  readonly #engine: PrivateEngine;
  readonly #gateways = new Map<string, string>();
  #given = 1;

  constructor(engine: PrivateEngine) {
    this.#engine = engine;
  }

  async createNetwork({ NetworkID = '', IPv4Data = [] }: Call): Promise<object> {
    const bridge = nameOf('sp', NetworkID);
    const gateway = IPv4Data[0]?.Gateway ?? '';
    this.#gateways.set(NetworkID, gateway.split('/')[0] ?? '');
    await this.#ip('link', 'add', bridge, 'type', 'bridge');
    await this.#ip('address', 'add', gateway, 'dev', bridge);
    await this.#ip('link', 'set', bridge, 'up');
    // The engine lets its own bridges through only.
    await this.#engine.exec('iptables', '--wait', '-I', 'DOCKER-USER', '-i', bridge, '-o', bridge, '-j', 'ACCEPT');
    return {};
  }

  async deleteNetwork({ NetworkID = '' }: Call): Promise<object> {
    const bridge = nameOf('sp', NetworkID);
    await this.#engine.exec('iptables', '--wait', '-D', 'DOCKER-USER', '-i', bridge, '-o', bridge, '-j', 'ACCEPT');
    await this.#ip('link', 'delete', bridge);
    return {};
  }

  createEndpoint({ Interface }: Call): object {
    if (Interface?.MacAddress) return { Interface: {} };
    const bytes = (Interface?.Address ?? '').split('/')[0]?.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
    return { Interface: { MacAddress: `02:53:${bytes?.join(':')}` } };
  }

  async join({ NetworkID = '', EndpointID = '' }: Call): Promise<object> {
    const [near, far] = [nameOf('sv', EndpointID), nameOf('sc', EndpointID)];
    await this.#ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far);
    await this.#ip('link', 'set', near, 'master', nameOf('sp', NetworkID), 'up');
    return { InterfaceName: { SrcName: far, DstPrefix: 'eth' }, Gateway: this.#gateways.get(NetworkID) };
  }

  async leave({ EndpointID = '' }: Call): Promise<object> {
    await this.#ip('link', 'delete', nameOf('sv', EndpointID));
    return {};
  }

  requestAddress({ Address = '', Options }: Call): object {
    const isGateway = Options?.['RequestAddressType'] === 'com.docker.network.gateway';
    if (!isGateway && Address === '') this.#given += 1;
    return { Address: `${Address === '' ? `${POOL}.${isGateway ? 1 : this.#given}` : Address}/24`, Data: {} };
  }

  async #ip(...args: readonly string[]): Promise<void> {
    await this.#engine.exec('ip', ...args);
  }
}

/** Names of interfaces have at most 15 characters. */
function nameOf(prefix: string, id: string): string {
  return prefix + id.slice(0, 8);
}

async function stop(server: Server, socket: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(socket, { force: true });
}
