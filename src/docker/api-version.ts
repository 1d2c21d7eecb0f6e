/** The oldest Engine API that is spoken (Engine 20.10). */
export const OLDEST_API_VERSION = '1.41';
/** The newest Engine API that this adapter knows. */
export const NEWEST_API_VERSION = '1.54';

const API_VERSION = /^(\d+)\.(\d+)$/;

export function isApiVersion(value: string): boolean {
  return API_VERSION.test(value);
}

/** Negative where `a` is older than `b`, zero where they are equal. Both must be `<major>.<minor>`. */
export function compareApiVersions(a: string, b: string): number {
  const [, majorA = '0', minorA = '0'] = API_VERSION.exec(a) ?? [];
  const [, majorB = '0', minorB = '0'] = API_VERSION.exec(b) ?? [];
  return Number(majorA) - Number(majorB) || Number(minorA) - Number(minorB);
}

export function isAtLeast(version: string, wanted: string): boolean {
  return compareApiVersions(version, wanted) >= 0;
}
