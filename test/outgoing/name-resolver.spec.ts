import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NameResolver } from '../../src/outgoing/name-resolver.js';
import { OutgoingTimings } from '../../src/outgoing/outgoing-timings.js';

/** Asks nobody: each question is answered when the test does so. */
class Held extends NameResolver {
  readonly questions: { readonly name: string; readonly answer: PromiseWithResolvers<never[]> }[] = [];

  protected override ask(name: string): Promise<never[]> {
    const answer = Promise.withResolvers<never[]>();
    this.questions.push({ name, answer });
    return answer.promise;
  }
}

describe('the look-up of a name', () => {
  let names: Held;
  beforeEach(() => {
    vi.useFakeTimers();
    names = new Held(new OutgoingTimings());
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is shared by all who ask while it goes on, and made anew for the next', async () => {
    const asking = [names.resolve('a.test'), names.resolve('b.test'), names.resolve('a.test')];
    expect(names.questions.map(({ name }) => name)).toEqual(['a.test', 'b.test']);
    for (const { answer } of names.questions) answer.resolve([]);
    expect(await Promise.all(asking)).toEqual([[], [], []]);
    void names.resolve('a.test');
    expect(names.questions).toHaveLength(3);
  });

  it('that failed is not made again for a few seconds', async () => {
    const first = names.resolve('silent.test');
    names.questions[0]!.answer.reject(new Error('getaddrinfo EAI_AGAIN'));
    await expect(first).rejects.toThrow('EAI_AGAIN');
    await vi.advanceTimersByTimeAsync(2_900);
    await expect(names.resolve('silent.test')).rejects.toThrow('EAI_AGAIN');
    expect(names.questions).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    void names.resolve('silent.test');
    expect(names.questions).toHaveLength(2);
  });

  it('is made by the system where nothing says otherwise', async () => {
    vi.useRealTimers();
    const found = await new NameResolver(new OutgoingTimings()).resolve('127.0.0.1');
    expect(found).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});
