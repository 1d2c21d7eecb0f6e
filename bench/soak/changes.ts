import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { idIn, makeSubjects } from '../events/actions.ts';
import { HttpClient } from '../http-client.ts';
import { rest } from '../tell.ts';

/** A network that comes, takes a container on, lets go of it, and goes. An engine manages a few of these a second. */
const NETWORK_EVENTS = 6;
const NETWORKS_PER_SECOND = 1;
/** A container that is paused and goes on: that is cheap, so it fills the pace. */
const PAUSE_EVENTS = 2;

/** Changes an engine at a steady pace until the signal. */
export async function keepChanging(engine: PrivateEngine, eventsPerSecond: number, signal: AbortSignal): Promise<void> {
  const client = new HttpClient({ socketPath: engine.socketPath }, 2);
  const { running, toggled } = await makeSubjects(client);
  await client.post(`/containers/${toggled}/start`, {});
  const cycleNetwork = async (): Promise<void> => {
    const network = idIn(await client.post('/networks/create', { Name: 'soak', CheckDuplicate: true, Labels: { purpose: 'benchmark' } }));
    await client.post(`/networks/${network}/connect`, { Container: running });
    await client.post(`/networks/${network}/disconnect`, { Container: running });
    await client.send({ method: 'DELETE', path: `/networks/${network}` });
  };
  const pause = async (): Promise<void> => {
    await client.post(`/containers/${toggled}/pause`, {});
    await client.post(`/containers/${toggled}/unpause`, {});
  };
  const pausesPerSecond = (eventsPerSecond - NETWORK_EVENTS * NETWORKS_PER_SECOND) / PAUSE_EVENTS;
  await Promise.all([
    atPace(NETWORKS_PER_SECOND, cycleNetwork, signal),
    atPace(pausesPerSecond, pause, signal),
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
