import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { idIn, makeSubjects } from '../events/actions.ts';
import { HttpClient } from '../http-client.ts';
import { rest } from '../tell.ts';

/** A network that comes, takes a container on, lets go of it, and goes. An engine manages a few of these a second. */
const NETWORK_EVENTS = 6;
const NETWORKS_PER_SECOND = 1;

/** Changes an engine at a steady pace until the signal: what is left of it is filled by renaming, which is cheap. */
export async function keepChanging(engine: PrivateEngine, eventsPerSecond: number, signal: AbortSignal): Promise<void> {
  const client = new HttpClient({ socketPath: engine.socketPath }, 2);
  const { running, toggled } = await makeSubjects(client);
  const cycleNetwork = async (): Promise<void> => {
    const network = idIn(await client.post('/networks/create', { Name: 'soak', CheckDuplicate: true, Labels: { purpose: 'benchmark' } }));
    await client.post(`/networks/${network}/connect`, { Container: running });
    await client.post(`/networks/${network}/disconnect`, { Container: running });
    await client.send({ method: 'DELETE', path: `/networks/${network}` });
  };
  let renamed = 0;
  const rename = async (): Promise<void> => {
    renamed += 1;
    await client.post(`/containers/${toggled}/rename?name=soak-${renamed % 2}`, {});
  };
  await Promise.all([
    atPace(NETWORKS_PER_SECOND, cycleNetwork, signal),
    atPace(eventsPerSecond - NETWORK_EVENTS * NETWORKS_PER_SECOND, rename, signal),
  ]);
  client.close();
}

/** So often a second; what is late is caught up with. */
async function atPace(perSecond: number, act: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let due = performance.now(); !signal.aborted; due += 1000 / perSecond) {
    await rest(Math.max(0, due - performance.now()));
    await act();
  }
}
