import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../src/event-log/event-examples.js';
import { shownEvent } from '../../src/event-log/event-view.js';
import type { EventType, FairleadEvent, OtherEnds } from '../../src/events/event.js';
import { Sight } from '../../src/sight/sight.js';

const NONE: OtherEnds = { networks: [], containers: [] };
const TEAM = Sight.of([], 'team=a');

function shown(type: EventType, more: Partial<FairleadEvent>, others: OtherEnds | null, sight = TEAM): FairleadEvent {
  const event = { ...EVENT_EXAMPLES[type].event, ...more };
  const marks = { labels: '', networkLabels: null, containerLabels: null, others: others && JSON.stringify(others) };
  return shownEvent({ position: 1, size: 1, event, ...marks }, sight);
}

const { network, container, attachment } = {
  network: EVENT_EXAMPLES['network.created'].event.network!,
  container: EVENT_EXAMPLES['container.started'].event.container!,
  attachment: EVENT_EXAMPLES['attachment.created'].event.attachment!,
};
const [own] = container.attachments as [(typeof container.attachments)[number]];
const foreign = { ...own, id: `foreign.${container.id}`, networkId: 'foreign', networkName: 'secret-net' };

describe('an event, as a narrowed key is shown it', () => {
  it('is the very same for whoever sees everything', () => {
    const event = EVENT_EXAMPLES['container.started'].event;
    const marks = { position: 1, size: 1, labels: '', networkLabels: null, containerLabels: null, others: null };
    expect(shownEvent({ ...marks, event }, Sight.EVERYTHING)).toBe(event);
  });

  it('is made once for all who see the same', () => {
    const event = EVENT_EXAMPLES['container.started'].event;
    const logged = { position: 1, size: 1, labels: '', networkLabels: null, containerLabels: null, others: null, event };
    expect(shownEvent(logged, TEAM)).toBe(shownEvent(logged, Sight.of([], 'team=a')));
    expect(shownEvent(logged, TEAM)).not.toBe(shownEvent(logged, Sight.of([], 'team=b')));
  });

  it('shows a container without its places on networks that are not seen', () => {
    const others = { ...NONE, networks: [{ ref: own.networkId!, labels: { team: 'a' } }, { ref: 'foreign', labels: { team: 'b' } }] };
    const both = { ...container, attachments: [own, foreign] };
    const seen = shown('container.started', { container: both }, others);
    expect(seen.container).toEqual({ ...container, attachments: [own] });
    expect(shown('container.started', { container: both }, others, Sight.of(['local'], null)).container).toBe(both);
    expect(shown('container.started', { container: both }, null).container?.attachments).toEqual([]);
  });

  it('does not name a network that a container was made for and that is not seen, nor a container whose network it shares', () => {
    const others = { ...NONE, networks: [{ ref: 'foreign', labels: { team: 'b' } }] };
    const more = { container: { ...container, networkMode: 'secret-net', attachments: [foreign] }, previous: { networkMode: 'secret-net', state: 'created' } };
    const seen = shown('container.started', more, others);
    expect(seen).toMatchObject({ container: { networkMode: 'hidden', attachments: [] }, previous: { state: 'created' } });
    expect(JSON.stringify(seen)).not.toContain('secret-net');
    const sharing = { container: { ...container, networkMode: 'container:other-id', sharesNetworkOf: 'other-id', attachments: [] } };
    const sharer = (team: string): OtherEnds => ({ ...NONE, containers: [{ engine: 'local', labels: { team }, count: 1 }] });
    expect(JSON.stringify(shown('container.started', sharing, sharer('b')))).not.toContain('other-id');
    expect(shown('container.started', sharing, sharer('a')).container).toEqual(sharing.container);
    expect(JSON.stringify(shown('container.started', sharing, NONE))).not.toContain('other-id');
  });

  it('tells of no network of a swarm how full it is, as the picture does not', () => {
    const over = { ...network, scope: 'swarm' as const, engines: ['local', 'other'], attachmentCount: 1 };
    const others = { ...NONE, containers: [{ engine: 'local', labels: { team: 'a' }, count: 1 }] };
    for (const sight of [TEAM, Sight.of(['local', 'other'], null)]) {
      const seen = shown('network.updated', { network: over }, others, sight).network;
      expect([seen?.attachmentCount, seen?.engines]).toEqual([1, ['local', 'other']]);
      expect(seen?.ipam.pools.map(({ usage }) => usage)).toEqual([{ capacity: null, inUse: null, free: null }]);
    }
  });

  it('counts of a network the attachments that are seen, and does not tell how full it is where some are not', () => {
    const three = { network: { ...network, attachmentCount: 3 } };
    const others: OtherEnds = {
      ...NONE,
      containers: [{ engine: 'local', labels: { team: 'a' }, count: 2 }, { engine: 'local', labels: null, count: 1 }],
    };
    const seen = shown('network.created', three, others);
    expect(seen.network?.attachmentCount).toBe(2);
    expect(seen.network?.ipam.pools.map(({ usage }) => usage)).toEqual([{ capacity: null, inUse: null, free: null }]);
    expect(shown('network.created', three, others, Sight.of(['local'], null)).network).toBe(three.network);
    const all = { ...NONE, containers: [{ engine: 'local', labels: { team: 'a' }, count: 3 }] };
    expect(shown('network.created', three, all).network).toEqual(three.network);
    expect(shown('network.created', three, null).network?.attachmentCount).toBe(0);
  });

  it('names of the engines of a network those that are seen, before and after', () => {
    const more = { network: { ...network, engines: ['local', 'other'], attachmentCount: 2 }, previous: { engines: ['local', 'other', 'third'] } };
    const others = { ...NONE, containers: [{ engine: 'local', labels: null, count: 1 }] };
    expect(shown('network.updated', more, others, Sight.of(['local'], null))).toMatchObject({
      network: { engines: ['local'], attachmentCount: 1, ipam: { pools: [{ usage: { inUse: null } }] } },
      previous: { engines: ['local'] },
    });
    expect(shown('network.updated', more, others, TEAM)).toMatchObject({ network: { engines: ['local', 'other'] } });
  });

  it('does not name a network that settings come from and that is not seen', () => {
    const more = { network: { ...network, configFrom: 'settings' }, previous: { configFrom: 'settings', internal: true } };
    const others = (team: string): OtherEnds => ({ ...NONE, networks: [{ ref: 'settings', labels: { team } }] });
    expect(shown('network.updated', more, others('b'))).toMatchObject({ network: { configFrom: null }, previous: { internal: true } });
    expect(JSON.stringify(shown('network.updated', more, others('b')))).not.toContain('settings');
    expect(shown('network.updated', more, others('a')).network?.configFrom).toBe('settings');
  });

  it('does not repeat of an attachment what the engine said of another network', () => {
    const said = (name: string) => ({ engineEvent: { type: 'network', action: 'destroy', attributes: { name, type: 'bridge' } } });
    expect(shown('attachment.created', { attachment, ...said('secret-net') }, null).engineEvent).toBeNull();
    expect(shown('attachment.created', { attachment, ...said(attachment.networkName) }, null).engineEvent).not.toBeNull();
    expect(shown('attachment.created', { attachment, ...said('secret-net') }, null, Sight.of(['local'], null)).engineEvent).not.toBeNull();
  });
});
