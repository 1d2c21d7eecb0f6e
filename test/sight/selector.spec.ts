import { describe, expect, it } from 'vitest';
import { Selector, SelectorError } from '../../src/sight/selector.js';
import { Sight } from '../../src/sight/sight.js';

const matches = (text: string, labels: Record<string, string>): boolean => Selector.parse(text).matches(labels);
const implies = (a: string, b: string): boolean => Selector.parse(a).implies(Selector.parse(b));

describe('a label selector', () => {
  it.each([
    ['team=a', { team: 'a' }, true],
    ['team==a', { team: 'a' }, true],
    ['team=a', { team: 'b' }, false],
    ['team=a', {}, false],
    ['team=', { team: '' }, true],
    ['team!=a', { team: 'b' }, true],
    ['team!=a', {}, true],
    ['team!=a', { team: 'a' }, false],
    ['env in (dev, test)', { env: 'test' }, true],
    ['env in (dev,test)', { env: 'prod' }, false],
    ['env notin (dev,test)', { env: 'prod' }, true],
    ['env notin (dev,test)', {}, true],
    ['env notin (dev,test)', { env: 'dev' }, false],
    ['team', { team: '' }, true],
    ['team', {}, false],
    ['!team', {}, true],
    ['!team', { team: 'a' }, false],
    ['team=a,env in (dev,test)', { team: 'a', env: 'dev' }, true],
    ['team=a, env in (dev,test)', { team: 'a', env: 'prod' }, false],
    ['com.docker.compose.project=shop', { 'com.docker.compose.project': 'shop' }, true],
    ['toString', {}, false],
    ['__proto__', {}, false],
  ] as const)('%s on %j: %s', (text, labels, expected) => {
    expect(matches(text, labels)).toBe(expected);
  });

  it('has one spelling, whatever the order and the spaces', () => {
    expect(Selector.parse(' env in (test,dev,dev) ,team == a, team=a, x in (y)').text).toBe('env in (dev,test),team=a,x=y');
  });

  it.each(['', ',', 'team=a,', 'a b', 'team=(a)', 'env in dev', 'env in (dev', 'env in (a b)', '=a', '!', 'team=a b', 'k~=v', 'a'.repeat(1001)])(
    'does not take "%s"',
    (text) => {
      expect(() => Selector.parse(text)).toThrow(SelectorError);
    },
  );

  it.each([
    ['team=a', 'team=a', true],
    ['team=a,env=dev', 'team=a', true],
    ['team=a', 'team=a,env=dev', false],
    ['team=a', 'team in (a,b)', true],
    ['team in (a,b)', 'team=a', false],
    ['team=a', 'team', true],
    ['team=a', 'team!=b', true],
    ['team=b', 'team!=b', false],
    ['!team', 'team!=b', true],
    ['team notin (a,b)', 'team!=b', true],
    ['team!=b', 'team notin (a,b)', false],
    ['team', '!team', false],
  ])('%s within %s: %s', (own, wanted, expected) => {
    expect(implies(own, wanted)).toBe(expected);
  });

  it('implies another only where whatever it matches is matched by that one', () => {
    const texts = ['a', '!a', 'a=x', 'a!=x', 'a in (x,y)', 'a notin (x,y)', 'b=x', 'a=x,b=x', 'a in (x,y),b', 'a!=y,a'];
    const values = [undefined, 'x', 'y', 'z'];
    const worlds = values.flatMap((a) => values.map((b) => ({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) })));
    for (const own of texts) {
      for (const wanted of texts) {
        const holds = worlds.every((labels) => !matches(own, labels) || matches(wanted, labels));
        if (implies(own, wanted)) expect(holds, `${own} within ${wanted}`).toBe(true);
      }
    }
  });
});

describe('a sight', () => {
  const sight = (engines: string[], selector?: string): Sight =>
    new Sight(engines, selector === undefined ? null : Selector.parse(selector));

  it('covers what is narrower, and nothing else', () => {
    expect(Sight.EVERYTHING.covers(sight(['one'], 'team=a'))).toBe(true);
    expect(sight(['one', 'two']).covers(sight(['one']))).toBe(true);
    expect(sight(['one']).covers(sight(['one', 'two']))).toBe(false);
    expect(sight(['one']).covers(sight([]))).toBe(false);
    expect(sight([], 'team=a').covers(sight([]))).toBe(false);
    expect(sight([], 'team=a').covers(sight(['one'], 'env=dev,team=a'))).toBe(true);
    expect(sight(['one'], 'team=a').covers(sight([], 'team=a'))).toBe(false);
  });

  it('joins with another, however long the two are', () => {
    const parts = (from: number): string => Array.from({ length: 20 }, (_, n) => `label-${from + n}`).join(',');
    const both = sight([], parts(0)).within(sight(['one'], parts(20)));
    expect(both?.engines).toEqual(['one']);
    expect(both?.selector?.requirements).toHaveLength(40);
  });

  it('has one key for what shows the same', () => {
    expect(sight(['b', 'a', 'a'], 'x=1,y').key).toBe(sight(['a', 'b'], 'y,x=1').key);
  });
});
