import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { Lan } from './lan.js';
import { startPrivateEngine, type PrivateEngine } from './private-engine.js';

let engines: readonly PrivateEngine[];
let lan: Lan;

beforeAll(async () => {
  engines = await Promise.all(['one', 'two', 'three'].map((name) => startPrivateEngine({ name })));
  lan = Lan.between(engines);
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  lan.stop();
});

const ping = (from: PrivateEngine, to: PrivateEngine): Promise<string> =>
  from.exec('busybox', 'ping', '-c', '1', '-W', '1', lan.addressOf(to));

describe('a network between hosts', () => {
  it('carries traffic between all of them, except for a host that is cut off, until it is back', async () => {
    const [one, two, three] = engines as [PrivateEngine, PrivateEngine, PrivateEngine];
    // A cable that was plugged in carries a moment later.
    for (const [from, to] of [[one, two], [two, three], [three, one]] as const) await eventually(() => ping(from, to));
    lan.cutOff(two);
    await expect(ping(one, two)).rejects.toThrow();
    await expect(ping(two, three)).rejects.toThrow();
    await ping(one, three);
    lan.bringBack(two);
    await eventually(() => ping(one, two));
  });
});
