import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/docker/observed.js';
import { SeenLines } from '../../src/watcher/seen-lines.js';
import { anEngineEvent } from '../builders/observed.js';

const REMEMBERED = 256;
const aRow = (count: number): EngineEvent[] => Array.from({ length: count }, (_, index) => anEngineEvent('network', 'create', `n${index}`));

describe('the lines that an engine has sent', () => {
  it('are taken in once, within one portion and between several', () => {
    const [one, two, three] = aRow(3) as [EngineEvent, EngineEvent, EngineEvent];
    const seen = new SeenLines(null);
    expect(seen.take([one, two, one])).toEqual([one, two]);
    expect(seen.take([two, three, one])).toEqual([three]);
  });

  it('are told apart though all but their time is the same', () => {
    const seen = new SeenLines(null);
    const twice = [anEngineEvent('network', 'create', 'same'), anEngineEvent('network', 'create', 'same')];
    expect(seen.take(twice)).toEqual(twice);
  });

  it('are asked for again from a little before the latest of them, whatever their order', () => {
    const [one, two, three] = aRow(3) as [EngineEvent, EngineEvent, EngineEvent];
    const seen = new SeenLines(null);
    expect(seen.resumeNano).toBe('0');
    seen.take([one, three, two]);
    expect(seen.resumeNano).toBe((BigInt(three.timeNano) - 2_000_000_000n).toString());
    expect(seen.lastTime).toBe(three.time);
  });

  it('are known for as many as an engine remembers, and no longer', () => {
    const row = aRow(REMEMBERED + 1);
    const seen = new SeenLines(null);
    seen.take(row);
    expect(seen.checkpoint()?.recent).toHaveLength(REMEMBERED);
    expect([seen.connectsTo(row.slice(0, 1)), seen.connectsTo(row.slice(1, 2))]).toEqual([false, true]);
    expect(seen.take(row.slice(1))).toEqual([]);
  });

  it('are known again after a restart, by what was kept of them', () => {
    const row = aRow(300);
    const before = new SeenLines(null);
    before.take(row);
    const kept = JSON.parse(JSON.stringify(before.checkpoint())) as ReturnType<SeenLines['checkpoint']>;
    const after = new SeenLines(kept);
    expect([after.resumeNano, after.lastTime]).toEqual([before.resumeNano, row.at(-1)?.time]);
    const next = aRow(5);
    expect(after.take([...row.slice(44), ...next])).toEqual(next);
    expect(after.checkpoint()?.recent).toHaveLength(REMEMBERED);
  });

  it('do not connect to what an engine remembers after its own restart, or to nothing', () => {
    const seen = new SeenLines(null);
    expect(seen.checkpoint()).toBeNull();
    seen.take(aRow(2));
    expect([seen.connectsTo(aRow(3)), seen.connectsTo([])]).toEqual([false, false]);
  });

  it('are asked for again from when the engine was last heard to be silent, once that is worth noting', () => {
    const seen = new SeenLines(null);
    const [line] = aRow(1) as [EngineEvent];
    seen.take([line]);
    const atMs = Date.parse(line.time);
    expect(seen.heard(new Date(atMs + 14_999), 15_000)).toBe(false);
    expect(seen.lastTime).toBe(line.time);
    const later = new Date(atMs + 15_001);
    expect(seen.heard(later, 15_000)).toBe(true);
    expect(seen.resumeNano).toBe(`${later.getTime() - 2_000}000000`);
    expect(new SeenLines(seen.checkpoint()).lastTime).toBe(later.toISOString());
    expect(seen.take([line])).toEqual([]);
  });
});
