import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ListSizes } from '../../src/graphql/list-sizes.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { Selector } from '../../src/sight/selector.js';
import { Sight } from '../../src/sight/sight.js';
import { A_REACH } from '../builders/a-reach.js';
import { anEndpoint, anObservedContainer, anObservedNetwork } from '../builders/observed.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const CROWD = 300;
const ROUND = 'attachments { container { attachments { network {';
const CIRCLE = `{ network(ref: "crowded") { ${ROUND} ${ROUND} attachments { container { name } } }}}} }}}} } }`;
const EVERYTHING = `{ networks(first: 500) { nodes { id name driver labels { key value } attachments {
  id active ipv4Address aliases dnsNames driverOptions { key value }
  container { id name image command state labels { key value } dns { servers search options } extraHosts attachments { id networkName } }
} } } }`;

/** One network that so many containers are on, and 200 that nobody is on. */
function fill(inventory: Inventory): void {
  const picture = inventory.add('big', A_REACH);
  picture.state = 'connected';
  const crowded = anObservedNetwork('crowded', { id: 'c'.repeat(64), labels: { team: 'a' } });
  picture.setNetwork(crowded.id, crowded);
  for (let n = 0; n < 200; n += 1) {
    const id = `e${n}`.padEnd(64, '0');
    picture.setNetwork(id, anObservedNetwork(`empty-${n}`, { id, labels: { team: 'b' } }));
  }
  for (let n = 0; n < CROWD; n += 1) {
    const id = `${n}`.padStart(64, '0');
    picture.setContainer(id, anObservedContainer(`box-${n}`, { id, labels: { team: 'a' }, endpoints: [anEndpoint('crowded', { networkId: crowded.id })] }));
  }
}

describe('lists without a page size', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp();
    fill(service.app.get(Inventory));
  });
  afterAll(() => service.close());

  const overSocket = (query: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      service.socket().subscribe({ query }, { next: resolve, error: resolve, complete: () => reject(new Error('nothing was answered')) });
    });

  it('count as long as they are, each time a query goes round the circle, over both transports', async () => {
    const { status, errors } = await service.gql(CIRCLE);
    expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 400, code: 'QUERY_TOO_COSTLY' });
    expect(await overSocket(CIRCLE)).toMatchObject({ 0: { extensions: { code: 'QUERY_TOO_COSTLY', status: 400 } } });
  });

  it('count on a page once for all that is on it: everything of all networks may still be asked for', async () => {
    const { status, errors, data } = await service.gql<{ networks: { nodes: { attachments: unknown[] }[] } }>(EVERYTHING);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    expect(data?.networks.nodes.flatMap(({ attachments }) => attachments)).toHaveLength(CROWD);
    expect(await overSocket(EVERYTHING)).toMatchObject({ data: { networks: { nodes: expect.any(Array) } } });
  });

  it('count by what the caller sees, so that nobody learns how long others are', () => {
    const sizes = service.app.get(ListSizes);
    expect(sizes.seenBy(Sight.EVERYTHING)('Network', 'attachments', 1)).toBe(CROWD);
    expect(sizes.seenBy(Sight.EVERYTHING)('Network', 'attachments', 20)).toBe(CROWD / 20);
    expect(sizes.seenBy(new Sight([], Selector.parse('team=b')))('Network', 'attachments', 1)).toBe(10);
  });
});
