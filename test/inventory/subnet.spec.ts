import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatAddress, parseAddress, Subnet } from '../../src/inventory/subnet.js';

function subnet(text: string): Subnet {
  const parsed = Subnet.parse(text);
  if (parsed === undefined) throw new Error(`${text} is not a subnet`);
  return parsed;
}

describe('addresses', () => {
  it.each(['', 'foo', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1/24', ' 10.0.0.1', '1', 'fe80::1%eth0', 'fd00::g', '::1/64'])(
    'are not read from "%s"',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );

  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['fd00::0001', 'fd00::1'],
    ['::', '::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('written as %s have the one spelling %s', (text, expected) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(expected);
    expect(canonicalAddress(text)).toBe(expected);
  });

  it('leave text alone that is none', () => expect(canonicalAddress('not an address')).toBe('not an address'));
});

describe('a subnet', () => {
  it.each(['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/24/8', '10.0.0/24', 'fd00::/129', '10.0.0.0/2 4', '10.0.0.0/1e1', '10.0.0.0/0x8'])(
    'is not read from "%s"',
    (text) => expect(Subnet.parse(text)).toBeUndefined(),
  );

  it.each([
    ['10.1.2.3/24', '10.1.2.0/24', true],
    ['10.1.2.0/24', '10.1.2.0/24', false],
    ['0.0.0.0/0', '0.0.0.0/0', false],
    ['10.1.2.3/32', '10.1.2.3/32', false],
    ['FD00:0:0:1::9/64', 'fd00:0:0:1::/64', true],
  ])('%s is the block %s', (written, text, hasHostBits) => {
    expect(subnet(written).text).toBe(text);
    expect(subnet(written).hasHostBits).toBe(hasHostBits);
  });

  it('knows its ends and size, however large', () => {
    const block = subnet('10.1.2.128/25');
    expect([block.first, block.last].map((value) => formatAddress({ family: 4, value }))).toEqual([
      '10.1.2.128',
      '10.1.2.255',
    ]);
    expect(block.size).toBe(128n);
    expect(subnet('::/0').size).toBe(2n ** 128n);
    expect(formatAddress(block.address(1n))).toBe('10.1.2.129');
  });

  it.each([
    ['10.0.0.0/24', '10.0.0.128/25', true],
    ['10.0.0.128/25', '10.0.0.0/24', true],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['10.0.0.5/24', '10.0.0.9/24', true],
    ['0.0.0.0/0', '192.168.0.0/16', true],
    ['0.0.0.0/0', '::/0', false],
    ['fd00::/64', 'fd00:0:0:0:8000::/65', true],
    ['fd00::/64', 'fd00:0:0:1::/64', false],
  ])('%s against %s: overlapping is %s, both ways round', (a, b, overlap) => {
    expect(subnet(a).overlaps(subnet(b))).toBe(overlap);
    expect(subnet(b).overlaps(subnet(a))).toBe(overlap);
  });

  it('contains addresses of its own family between its ends, and covers blocks that lie in it', () => {
    const block = subnet('10.0.0.0/25');
    const contains = (text: string): boolean => {
      const address = parseAddress(text);
      return address !== undefined && block.contains(address);
    };
    expect(['10.0.0.0', '10.0.0.127'].map(contains)).toEqual([true, true]);
    expect(['9.255.255.255', '10.0.0.128', '::a00:1'].map(contains)).toEqual([false, false, false]);
    expect(block.covers(subnet('10.0.0.64/26'))).toBe(true);
    expect(block.covers(block)).toBe(true);
    expect(block.covers(subnet('10.0.0.0/24'))).toBe(false);
  });
});
