import { startPrivateEngine } from '../scripts/private-engine.ts';
import type { PrivateEngine } from '../scripts/private-engine.ts';
import { BUSYBOX_IMAGE } from '../scripts/busybox-image.ts';
import { HttpClient } from './http-client.ts';

export const NETWORKS = 200;
export const CONTAINERS = 50;
export const ATTACHMENTS_EACH = 2;
/** bridge, host and none. */
export const BUILTIN_NETWORKS = 3;

/** The engine makes networks and starts containers nearly one after another, however many are asked for at once. */
const AT_ONCE = 4;

export function startEmptyEngine(): Promise<PrivateEngine> {
  return startPrivateEngine({ name: 'bench' });
}

/** Networks with a /26 each, and running containers: number n is on the networks 4n and 4n + 1. */
export async function fill(engine: PrivateEngine): Promise<void> {
  const client = new HttpClient({ socketPath: engine.socketPath }, AT_ONCE);
  try {
    await forEach(NETWORKS, (number) => createNetwork(client, number));
    await forEach(CONTAINERS, (number) => runContainer(client, number));
  } finally {
    client.close();
  }
}

async function createNetwork(client: HttpClient, number: number): Promise<void> {
  const subnet = `10.66.${Math.floor(number / 4)}.${(number % 4) * 64}/26`;
  await client.post('/networks/create', {
    Name: networkName(number),
    CheckDuplicate: true,
    IPAM: { Config: [{ Subnet: subnet }] },
    Labels: { team: `team-${number % 10}`, purpose: 'benchmark' },
  });
}

async function runContainer(client: HttpClient, number: number): Promise<void> {
  const name = `container-${String(number).padStart(2, '0')}`;
  const [first, second] = [networkName(number * 4), networkName(number * 4 + 1)];
  const endpoint = { Aliases: [`app-${number}`] };
  const created = await client.post(`/containers/create?name=${name}`, {
    Image: BUSYBOX_IMAGE,
    Cmd: ['sleep', '86400'],
    Labels: { team: `team-${number % 10}`, purpose: 'benchmark' },
    HostConfig: { NetworkMode: first },
    NetworkingConfig: { EndpointsConfig: { [first]: endpoint } },
  });
  const { Id } = JSON.parse(created.toString('utf8')) as { Id: string };
  await client.post(`/networks/${second}/connect`, { Container: Id, EndpointConfig: endpoint });
  await client.post(`/containers/${Id}/start`, {});
}

function networkName(number: number): string {
  return `network-${String(number).padStart(3, '0')}`;
}

/** Runs the task for 0 to count - 1, a few at once. */
async function forEach(count: number, task: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next - 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
