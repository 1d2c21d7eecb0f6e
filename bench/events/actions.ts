import { BUSYBOX_IMAGE } from '../../scripts/busybox-image.ts';
import type { HttpCall, HttpClient } from '../http-client.ts';

/** A change as the docker client makes it, and how those who watch name it. */
export interface Action {
  readonly name: string;
  readonly call: HttpCall;
  /** What is to be seen, once the engine has answered. */
  readonly expected: (answer: Buffer) => { readonly ofEngine: string; readonly ofService: string };
}

/** Containers that the actions are done with: one runs all the time, one is started and stopped. */
export interface Subjects {
  readonly running: string;
  readonly toggled: string;
}

export async function makeSubjects(client: HttpClient): Promise<Subjects> {
  const [running, toggled] = [await makeContainer(client, 'bench-running'), await makeContainer(client, 'bench-toggled')];
  await client.post(`/containers/${running}/start`, {});
  return { running, toggled };
}

async function makeContainer(client: HttpClient, name: string): Promise<string> {
  const created = await client.post(`/containers/create?name=${name}`, {
    Image: BUSYBOX_IMAGE,
    Cmd: ['sleep', '86400'],
    Labels: { team: 'team-1', purpose: 'benchmark' },
  });
  return idIn(created);
}

/** One of each kind, in an order that leaves things as they were. `create` must have been done before the others are. */
export function actionsOf({ running, toggled }: Subjects): readonly ((network: string) => Action)[] {
  const post = (path: string, body: object = {}): HttpCall => ({ method: 'POST', path, body: JSON.stringify(body) });
  const fixed = (ofEngine: string, ofService: string): Action['expected'] => () => ({ ofEngine, ofService });
  return [
    () => createNetwork(`latency-${Math.random().toString(36).slice(2)}`),
    (network) => ({
      name: 'network connect',
      call: post(`/networks/${network}/connect`, { Container: running }),
      expected: fixed(`network connect ${network}`, `attachment.activated ${network}.${running}`),
    }),
    (network) => ({
      name: 'network disconnect',
      call: post(`/networks/${network}/disconnect`, { Container: running }),
      expected: fixed(`network disconnect ${network}`, `attachment.deactivated ${network}.${running}`),
    }),
    (network) => ({
      name: 'network rm',
      call: { method: 'DELETE', path: `/networks/${network}` },
      expected: fixed(`network destroy ${network}`, `network.removed ${network}`),
    }),
    () => ({
      name: 'container start',
      call: post(`/containers/${toggled}/start`),
      expected: fixed(`container start ${toggled}`, `container.started ${toggled}`),
    }),
    () => ({
      name: 'container stop',
      // Its process is the first of its namespace and hears no SIGTERM.
      call: post(`/containers/${toggled}/stop?t=0`),
      expected: fixed(`container die ${toggled}`, `container.exited ${toggled}`),
    }),
  ];
}

function createNetwork(name: string): Action {
  return {
    name: 'network create',
    call: {
      method: 'POST',
      path: '/networks/create',
      body: JSON.stringify({ Name: name, CheckDuplicate: true, Labels: { purpose: 'benchmark' } }),
    },
    expected: (answer) => ({ ofEngine: `network create ${idIn(answer)}`, ofService: `network.created ${idIn(answer)}` }),
  };
}

export function idIn(answer: Buffer): string {
  return (JSON.parse(answer.toString('utf8')) as { Id: string }).Id;
}
