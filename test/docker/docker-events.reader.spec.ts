import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DockerEventsReader, parseEvent } from '../../src/docker/docker-events.reader.js';
import type { EngineEvent } from '../../src/docker/observed.js';

const NANO = '1795468716303780702';

function line(name: string, more: object = {}): string {
  const json = JSON.stringify({
    Type: 'container',
    Action: 'start',
    Actor: { ID: name, Attributes: { name } },
    scope: 'local',
    time: 1795468716,
    ...more,
  });
  return `${json.slice(0, -1)},"timeNano":${NANO}}`;
}

async function read(chunks: readonly (string | Buffer)[]): Promise<{ events: EngineEvent[]; reader: DockerEventsReader }> {
  const source = new PassThrough();
  const reader = new DockerEventsReader(source);
  for (const chunk of chunks) source.write(chunk);
  source.end();
  return { events: await Array.fromAsync(reader), reader };
}

const names = (events: readonly EngineEvent[]): string[] => events.map(({ actorId }) => actorId);

describe('one line', () => {
  it('becomes an event with its exact time, which JSON.parse would round', () => {
    expect(JSON.parse(line('a'))).toMatchObject({ timeNano: 1795468716303780600 });
    expect(parseEvent(line('a'))).toEqual({
      type: 'container',
      action: 'start',
      actorId: 'a',
      attributes: { name: 'a' },
      scope: 'local',
      time: '2026-11-23T21:18:36.303780702Z',
      timeNano: NANO,
      raw: line('a'),
    });
  });

  it('has its own time even where a label pretends to be one', () => {
    const pretending = line('a', { Actor: { ID: 'a', Attributes: { '"timeNano":1': '"timeNano":2', x: 'timeNano' } } });
    expect(parseEvent(pretending)?.timeNano).toBe(NANO);
  });

  it('with full seconds only is told to the second', () => {
    const json = JSON.stringify({ Type: 'network', Action: 'create', Actor: { ID: 'n' }, time: 1795468716 });
    expect(parseEvent(json)).toMatchObject({ timeNano: '1795468716000000000', time: '2026-11-23T21:18:36.000000000Z' });
  });

  it.each([
    'nonsense',
    '{"Type":"container"',
    '[]',
    '7',
    'null',
    '{}',
    '{"Type":"container"}',
    '{"Action":"start"}',
    '{"Type":5,"Action":"start"}',
    '{"Type":"container","Action":"start","timeNano":99999999999999999999999}',
    '{"Type":"container","Action":"start","time":-5}',
    '{"Type":"container","Action":"start","time":1e300}',
    '{"Type":"container","Action":"start","time":1e999}',
  ])('is no event: %s', (raw) => {
    expect(parseEvent(raw)).toBeUndefined();
  });

  it('may lack what is not needed', () => {
    expect(parseEvent('{"Type":"network","Action":"prune","Actor":{"ID":"","Attributes":null}}')).toMatchObject({
      actorId: '',
      attributes: {},
      scope: 'local',
      timeNano: '0',
    });
  });
});

describe('a stream', () => {
  const text = ['a', 'b', 'ünï-𝄞'].map((name) => `${line(name)}\n`).join('');
  const bytes = Buffer.from(text);

  it('is read whole wherever its bytes are split, in the midst of a character too', async () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const { events } = await read([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(names(events)).toEqual(['a', 'b', 'ünï-𝄞']);
    }
  });

  it('is read whole byte by byte', async () => {
    const { events } = await read(Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(names(events)).toEqual(['a', 'b', 'ünï-𝄞']);
  });

  it.each([
    ['JSON lines', `${line('a')}\n${line('b')}\n`],
    ['carriage returns and blank lines', `\r\n${line('a')}\r\n\r\n${line('b')}\r\n`],
    ['JSON sequences', `\u001e${line('a')}\n\u001e${line('b')}\n`],
  ])('is read as %s', async (_, body) => {
    const { events } = await read([body]);
    expect(names(events)).toEqual(['a', 'b']);
    expect(events[0]?.raw).toBe(line('a'));
  });

  it('that breaks off in the midst of a line does not tell that line', async () => {
    const { events, reader } = await read([`${line('a')}\n${line('b').slice(0, 30)}`]);
    expect(names(events)).toEqual(['a']);
    expect(reader.endReason).not.toBeNull();
  });

  it('with a line that is no event ends, so that nothing is missed in silence', async () => {
    const { events, reader } = await read([`${line('a')}\nnonsense\n${line('b')}\n`]);
    expect(names(events)).toEqual(['a']);
    expect(reader.endReason).toMatch(/no event/);
  });

  it('tells an event as soon as its line is whole', async () => {
    const source = new PassThrough();
    const events = new DockerEventsReader(source)[Symbol.asyncIterator]();
    const first = events.next();
    source.write(line('a'));
    source.write('\n');
    expect((await first).value).toMatchObject({ actorId: 'a' });
    await events.return?.();
    expect(source.destroyed).toBe(true);
  });

  it('is read on while nobody takes the events, so that the engine never waits', async () => {
    const source = new PassThrough({ highWaterMark: 1024 });
    const reader = new DockerEventsReader(source);
    for (let count = 0; count < 10_000; count += 1) source.write(`${line(String(count))}\n`);
    source.end();
    await new Promise((resolve) => source.once('close', resolve));
    expect(await Array.fromAsync(reader)).toHaveLength(10_000);
  });

  it('ends with a reason where more events wait than are kept', async () => {
    const source = new PassThrough();
    const reader = new DockerEventsReader(source, { queuedEvents: 3, lineBytes: 1000 });
    source.write(Array.from({ length: 5 }, (_, index) => `${line(String(index))}\n`).join(''));
    expect(await Array.fromAsync(reader)).toHaveLength(3);
    expect(reader.endReason).toMatch(/faster/);
    expect(source.destroyed).toBe(true);
  });

  it('ends with a reason where a line has no end', async () => {
    const source = new PassThrough();
    const reader = new DockerEventsReader(source, { queuedEvents: 3, lineBytes: 1000 });
    source.write('x'.repeat(600));
    source.write('x'.repeat(600));
    expect(await Array.fromAsync(reader)).toEqual([]);
    expect(reader.endReason).toMatch(/too long/);
  });

  it.each([
    ['ends', (source: PassThrough) => source.end()],
    ['is closed', (source: PassThrough) => source.destroy()],
    ['fails', (source: PassThrough) => source.destroy(new Error('read ECONNRESET'))],
    ['is aborted', (source: PassThrough) => source.emit('aborted')],
  ])('ends alike where the connection %s, after what has come', async (_, end) => {
    const source = new PassThrough();
    const reader = new DockerEventsReader(source);
    source.write(`${line('a')}\n`);
    const events: EngineEvent[] = [];
    for await (const event of reader) {
      events.push(event);
      end(source);
    }
    expect(names(events)).toEqual(['a']);
    expect(reader.endReason).toMatch(/ended|closed|broke/);
  });

  it('that was closed tells no more, and may be closed again', async () => {
    const source = new PassThrough();
    const reader = new DockerEventsReader(source);
    source.write(`${line('a')}\n${line('b')}\n`);
    const events: EngineEvent[] = [];
    for await (const event of reader) {
      events.push(event);
      reader.close();
      reader.close();
    }
    expect(names(events)).toEqual(['a']);
    expect(reader.endReason).toBe('closed by the service');
  });
});
