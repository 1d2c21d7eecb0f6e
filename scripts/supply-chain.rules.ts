import satisfies from 'spdx-satisfies';
import { nameAt, type Component, type LockedPackage, type LockFile } from './bill-of-materials.ts';

/** What is read of package.json. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

const EXACT_VERSION = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
/** The version that is given elsewhere in package.json. */
const OWN_REFERENCE = /^\$/;

/** A range is another package tomorrow. */
export function inexactVersions(manifest: Manifest): string[] {
  const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides })
    .filter(([, version]) => !EXACT_VERSION.test(version) && !OWN_REFERENCE.test(version))
    .map(([name, version]) => `${name}: "${version}" in package.json is no exact version`);
}

/** What is fetched must be what was looked at, whichever registry it comes from. */
export function unlockedPackages(lock: LockFile): string[] {
  return installed(lock).flatMap(([path, { integrity, resolved, link }]) => [
    ...(integrity?.startsWith('sha512-') && !link ? [] : [`${path}: the lock file has no SHA-512 of it`]),
    ...(resolved === undefined ? [] : [`${path}: the lock file names where it came from (npm install --omit-lockfile-registry-resolved)`]),
  ]);
}

/** None of them runs (.npmrc); each is listed with why the package does without. */
export function unlistedInstallScripts(lock: LockFile, listed: Readonly<Record<string, string>>): string[] {
  const scripted = installed(lock)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path, { version }]) => `${nameAt(path)}@${version}`);
  return [
    ...scripted.filter((id) => !(id in listed)).map((id) => `${id}: has an install script that supply-chain.json does not list`),
    ...Object.keys(listed).filter((id) => !scripted.includes(id)).map((id) => `${id}: supply-chain.json lists an install script that is not there`),
  ];
}

/** Those of the packages that are handed on with the service. */
export function foreignLicences(components: readonly Component[], allowed: readonly string[]): string[] {
  return components.flatMap((component) => {
    const licence = licenceOf(component);
    return isAllowed(licence, allowed) ? [] : [`${component['bom-ref']}: its licence is ${licence}, which supply-chain.json does not list`];
  });
}

function licenceOf({ licenses = [] }: Component): string {
  const told = licenses.map((one) => ('expression' in one ? one.expression : (one.license.id ?? one.license.name ?? '')));
  // A package that names several without a word between them leaves open which of them hold: then all.
  return told.length === 0 ? 'not told' : told.map((one) => (told.length > 1 ? `(${one})` : one)).join(' AND ');
}

function isAllowed(licence: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(licence, [...allowed]);
  } catch {
    // "SEE LICENSE IN …", "UNLICENSED": nothing that SPDX knows.
    return false;
  }
}

function installed({ packages }: LockFile): [string, LockedPackage][] {
  return Object.entries(packages).filter(([path]) => path !== '');
}
