import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What is read of CycloneDX 1.5. */
export interface Bill {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; readonly 'bom-ref': string } };
  components: Component[];
  dependencies: { readonly ref: string; dependsOn: string[] }[];
}

/** What is read of package-lock.json. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
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

/** The packages of production, as npm tells them; the same packages give the same text. */
export function productionPackages({ optional }: { readonly optional: boolean }): Bill {
  const bill = JSON.parse(execFileSync('npm', ['sbom', '--offline', '--sbom-format=cyclonedx'], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 * 1024 * 1024,
  })) as Bill;
  const kept = new Set([bill.metadata.component['bom-ref'], ...locked(optional)]);
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  // npm takes the name of the folder.
  bill.metadata.component.name = (JSON.parse(readFileSync('package.json', 'utf8')) as { name: string }).name;
  bill.components = bill.components.filter((component) => kept.has(component['bom-ref']));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  return bill;
}

/** `npm sbom --omit=dev` leaves out what a development package needs as well: Nest itself, for its testing package. */
function locked(withOptional: boolean): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
  return Object.entries(packages)
    .filter(([, one]) => !one.dev && (withOptional || (!one.optional && !one.devOptional)))
    .map(([path, { name, version }]) => `${name ?? nameAt(path)}@${version}`);
}

/** Of the package that is installed there. */
export function nameAt(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
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
