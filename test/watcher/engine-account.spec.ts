import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent, ObservedContainer, ObservedNetwork } from '../../src/docker/observed.js';
import type { EngineJournal, JournalEntry, JournalStart, ToldRow } from '../../src/events/engine-journal.js';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { EngineAccount } from '../../src/watcher/engine-account.js';
import { aConnection, anEndpoint, anEngineEvent, anObservedContainer, anObservedNetwork, exited, idOf } from '../builders/observed.js';
import { GRACE_MS, line } from './engine-model.js';
import { A_REACH } from '../builders/a-reach.js';

const PATIENCE_MS = 60_000;
const front = anObservedNetwork('front');
const web = anObservedContainer('web', { networkMode: 'front', endpoints: [anEndpoint('front')] });

/** Keeps entries as a database does, and hands over what it has kept. */
class KeptJournal implements EngineJournal {
  readonly ended = new AbortController().signal;
  readonly entries: JournalEntry[] = [];

  constructor(readonly start: JournalStart = { told: null, checkpoint: null, hole: null }) {}

  write(entry: JournalEntry): void {
    this.entries.push(JSON.parse(JSON.stringify(entry)) as JournalEntry);
  }

  /** What the next one begins with when only so many entries were kept. */
  handOver({ hole = null, kept = this.entries.length }: { hole?: string | null; kept?: number } = {}): JournalStart {
    const entries = this.entries.slice(0, kept);
    const rows = new Map((this.start.told ?? []).map((row) => [`${row.kind}/${row.id}`, row]));
    for (const row of entries.flatMap(({ told }) => told)) rows.set(`${row.kind}/${row.id}`, row);
    const told: ToldRow[] = [...rows.values()].filter(({ known }) => known !== null);
    const hasBegun = this.start.told !== null || entries.some(({ begins }) => begins);
    const checkpoint = entries.findLast((entry) => entry.checkpoint !== null)?.checkpoint ?? this.start.checkpoint;
    return { told: hasBegun ? told : null, checkpoint, hole };
  }
}

/** One service's life in front of the engine that a test paints. */
class Life {
  readonly journal: KeptJournal;
  readonly account: EngineAccount;

  constructor(
    private readonly picture: EnginePicture,
    start?: JournalStart,
  ) {
    this.journal = new KeptJournal(start);
    const options = { engine: 'local', graceMs: GRACE_MS, patienceMs: PATIENCE_MS, causeOf: () => null };
    this.account = new EngineAccount(this.journal, options);
  }

  pictured(events: readonly EngineEvent[] = [], lost?: string): string[] {
    return this.told(() => this.account.pictured({ events, isComplete: false }, this.picture.snapshot(), lost));
  }

  /** The engine's memory reaches back to before what it was asked for. */
  picturedWhole(events: readonly EngineEvent[] = []): string[] {
    return this.told(() => this.account.pictured({ events, isComplete: true }, this.picture.snapshot(), undefined));
  }

  followed(...events: readonly EngineEvent[]): string[] {
    return this.told(() => this.account.followed(events, this.picture.snapshot()));
  }

  ticked(): string[] {
    return this.told(() => this.account.ticked(this.picture.snapshot(), []));
  }

  awayAt(ms: number): string[] {
    return this.told(() => this.account.disconnected(this.picture.snapshot(), ms));
  }

  told(act: () => void): string[] {
    const before = this.journal.entries.length;
    act();
    return this.journal.entries.slice(before).flatMap(({ changes }) => changes.map(line));
  }
}

describe('what is told of an engine', () => {
  let picture: EnginePicture;
  const see = (...containers: readonly ObservedContainer[]): void => {
    for (const container of containers) picture.setContainer(container.id, container);
  };
  const seeNetworks = (...networks: readonly ObservedNetwork[]): void => {
    for (const network of networks) picture.setNetwork(network.id, network);
  };
  const begun = (...events: readonly EngineEvent[]): Life => {
    const life = new Life(picture);
    life.pictured();
    life.followed(...events);
    // What changes nothing is kept a little later.
    life.ticked();
    return life;
  };
  const container = (action: string, name = 'web'): EngineEvent => anEngineEvent('container', action, name);
  /** Nothing to tell of, but something to tell by what an engine remembers. */
  const known = anEngineEvent('network', 'create', 'front');

  beforeEach(() => {
    picture = new EnginePicture('local', A_REACH);
    seeNetworks(front);
    see(web);
  });

  it('begins with what is there, without a word but that the engine was reached', () => {
    const life = new Life(picture);
    expect(life.pictured([container('create'), aConnection('connect', 'front', 'web'), container('start')])).toEqual([
      'engine.connected local',
    ]);
    expect(life.journal.entries).toMatchObject([{ begins: true, checkpoint: { recent: { length: 3 } } }]);
    const kinds = life.journal.entries[0]!.told.map(({ kind }) => kind);
    expect(kinds).toEqual(['engine', 'network', 'container', 'attachment']);
  });

  it('is each step once, whether it was remembered, came live, or both', () => {
    const life = begun();
    const die = container('die');
    const gone = aConnection('disconnect', 'front', 'web');
    see(exited(web));
    expect(life.followed(die, gone)).toEqual(['container.exited web', 'attachment.deactivated front/web']);
    const written = life.journal.entries.length;
    expect(life.followed(gone, die, die)).toEqual([]);
    expect(life.pictured([die, gone])).toEqual([]);
    expect(life.journal.entries.slice(written).flatMap(({ told }) => told.map(({ kind }) => kind))).toEqual(['engine']);
  });

  it('goes on after a restart where the log ends, although events come in another order than they happened', () => {
    const [first, second, third] = [container('pause'), container('unpause'), container('die')];
    const before = begun(second, first);
    see(exited(web));
    const after = new Life(picture, before.journal.handOver());
    expect(after.account.resumeNano < first.timeNano).toBe(true);
    expect(after.pictured([first, second, third, aConnection('disconnect', 'front', 'web')])).toEqual([
      'container.exited web',
      'attachment.deactivated front/web',
    ]);
  });

  it('is told anew after a restart only as far as it was not kept', () => {
    const [pause, unpause, die] = [container('pause'), container('unpause'), container('die')];
    const before = begun(pause);
    before.followed(unpause);
    before.followed(die);
    const after = new Life(picture, before.journal.handOver({ kept: 2 }));
    see(exited(web));
    expect(after.pictured([pause, unpause, die]).map((text) => text.split(' ')[0])).toEqual(['container.unpaused', 'container.exited']);
  });

  it('is framed by a gap where the engine no longer remembers what was told last', () => {
    const before = begun(known);
    see(exited(web));
    const after = new Life(picture, before.journal.handOver());
    expect(after.pictured([aConnection('disconnect', 'front', 'web')], 'The stream ended.')).toEqual([
      'engine.gap local (resync)',
      'attachment.deactivated front/web',
      'container.exited web (resync)',
      'engine.resynced local (resync)',
    ]);
    const [gap, , , end] = after.journal.entries.flatMap(({ changes }) => changes);
    expect(gap?.gap).toMatchObject({ reason: 'The stream ended.', from: known.time });
    expect(end?.gap).toEqual({ gapId: gap?.gap?.gapId, reason: null, from: null });
  });

  it('has containers come into being before what befell them, where a gap swallowed their creation', () => {
    const before = begun(known);
    see(anObservedContainer('new', { name: 'renamed', networkMode: 'front', endpoints: [anEndpoint('front')] }));
    const after = new Life(picture, before.journal.handOver());
    const rename = anEngineEvent('container', 'rename', 'new', { name: 'renamed', oldName: '/new' });
    expect(after.pictured([aConnection('connect', 'front', 'new'), container('start', 'new'), rename, container('die', 'lost')])).toEqual([
      'engine.gap local (resync)',
      'container.created renamed (resync)',
      'attachment.created front/renamed',
      'attachment.activated front/renamed',
      'container.started renamed',
      'container.created lost (resync)',
      'container.exited lost',
      'container.removed lost (resync)',
      'engine.resynced local (resync)',
    ]);
  });

  it('goes on without a gap where the engine remembers something from before it was last heard, though nothing that is known', () => {
    const life = new Life(picture);
    life.pictured([anEngineEvent('network', 'create', 'front')]);
    see(web);
    expect(life.told(() => life.account.heard(new Date(Date.now() + 60_000), 15_000))).toEqual([]);
    life.ticked();
    const after = new Life(picture, life.journal.handOver());
    see({ ...web, state: 'paused' });
    const told = after.picturedWhole([anEngineEvent('container', 'pause', 'web')]);
    expect(told.map((text) => text.split(' ')[0])).toEqual(['container.paused']);
  });

  it('is framed by a gap that says why, where the journal could not keep what was told', () => {
    const before = begun(known);
    const after = new Life(picture, before.journal.handOver({ hole: 'The disk was full.' }));
    expect(after.pictured([known])).toEqual(['engine.gap local (resync)', 'engine.resynced local (resync)']);
    expect(after.journal.entries[0]?.changes[0]?.gap?.reason).toBe('The disk was full.');
    expect(after.pictured([known])).toEqual([]);
  });

  it('is connected once, however often the service is started, and lost and found in turn', () => {
    const life = begun(known);
    expect(new Life(picture, life.journal.handOver()).pictured([known])).toEqual([]);
    expect([life.awayAt(0), life.awayAt(1), life.pictured([known])]).toEqual([
      ['engine.disconnected local'],
      [],
      ['engine.connected local'],
    ]);
    expect(new Life(picture).awayAt(0)).toEqual([]);
  });

  it('waits for the engine to be back where it could not be looked at, and is exact and in order then', () => {
    const life = begun(known);
    const [create, next] = [anEngineEvent('network', 'create', 'back'), anEngineEvent('network', 'create', 'later')];
    life.account.leftUnseen([create]);
    expect(life.awayAt(0)).toEqual(['engine.disconnected local']);
    expect(life.journal.handOver().checkpoint?.recent).toHaveLength(1);
    seeNetworks(anObservedNetwork('back'), anObservedNetwork('later'));
    // The engine may have forgotten all but what was not looked at.
    expect(life.pictured([create, next])).toEqual(['engine.connected local', 'network.created back', 'network.created later']);
    expect(life.journal.entries.at(-1)?.changes[1]).toMatchObject({ stateExact: true, network: { name: 'back' } });
  });

  it('waits so long only: what is missing then is told between a gap and its end, when the engine is back', () => {
    const life = begun(known);
    const create = anEngineEvent('network', 'create', 'back');
    life.account.leftUnseen([create]);
    expect(life.awayAt(1_000)).toEqual(['engine.disconnected local']);
    expect(life.awayAt(PATIENCE_MS)).toEqual([]);
    expect(life.awayAt(PATIENCE_MS + 1_000)).toEqual(['network.created back']);
    expect(life.journal.entries.at(-1)?.changes).toMatchObject([{ stateExact: false, network: null }]);
    seeNetworks(anObservedNetwork('back'));
    expect(life.pictured([known, create])).toEqual([
      'engine.connected local',
      'engine.gap local (resync)',
      'network.updated back (resync)',
      'engine.resynced local (resync)',
    ]);
    expect(life.pictured([known, create])).toEqual([]);
  });

  it('is kept with what is known after it and the event that led to it, in one entry', () => {
    const life = begun(known);
    const die = container('die');
    see(exited(web));
    life.followed(die);
    expect(life.journal.entries.at(-1)).toMatchObject({
      changes: [{ type: 'container.exited', engineEvent: { action: 'die' } }],
      told: [{ kind: 'container', id: idOf('web'), known: { state: 'exited' } }],
      checkpoint: { time: die.time, timeNano: die.timeNano },
      begins: false,
    });
  });
});
