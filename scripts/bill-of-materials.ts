import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What is read of CycloneDX 1.5. */
export interface Bill {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string } };
  readonly components: Component[];
}

export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly cpe?: string;
  readonly licenses?: readonly Licence[];
}

export type Licence = { readonly license: { readonly id?: string; readonly name?: string } } | { readonly expression: string };

/** The packages that are installed for production, as npm tells them; the same packages give the same text. */
export function installedPackages(omitted: readonly ('dev' | 'optional')[]): Bill {
  const omit = omitted.map((kind) => `--omit=${kind}`);
  const told = execFileSync('npm', ['sbom', '--offline', '--sbom-format=cyclonedx', ...omit], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 * 1024 * 1024,
  });
  const bill = JSON.parse(told) as Bill;
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  // npm takes the name of the folder.
  bill.metadata.component.name = (JSON.parse(readFileSync('package.json', 'utf8')) as { name: string }).name;
  return bill;
}

/** Node runs it all and is no package of npm's. */
export function nodeItself(version = process.versions.node): Component {
  return {
    'bom-ref': `node@${version}`,
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}
