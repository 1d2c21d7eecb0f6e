import { ENGINE_NAME } from './engine-settings.js';
import { readPem, recordOf, type Place } from './engine-files.js';
import { readJsonList } from './json-list.js';
import { SettingsError, type GrantSettings, type IssuerSettings } from './settings.js';

const VARIABLE = 'FAIRLEAD_OIDC_ISSUERS';
const ISSUER_FIELDS = ['issuer', 'audience', 'grants', 'algorithms', 'clockSkewSeconds', 'ca'];
const GRANT_FIELDS = ['claim', 'value', 'scopes', 'engines', 'selector'];
/** With a key pair only: who knows what signatures are checked with must not be able to sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const USUAL_ALGORITHMS = ['RS256', 'ES256'];
const USUAL_SKEW_SECONDS = 30;
const LARGEST_SKEW_SECONDS = 300;

type Environment = Readonly<Record<string, string | undefined>>;

/** FAIRLEAD_OIDC_ISSUERS. Which scopes there are is known to whoever grants them. */
export function readIssuers(env: Environment): readonly IssuerSettings[] {
  const text = env[VARIABLE]?.trim();
  if (!text) return [];
  const list = readJsonList(VARIABLE, text, { things: 'issuers', shape: '{issuer, audience, grants}' });
  const issuers = list.map((entry, index) => parseIssuer(entry, { variable: VARIABLE, where: `issuer ${index + 1}` }));
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) !== index);
  if (twice !== undefined) throw new SettingsError(VARIABLE, `the issuer ${twice.issuer} is given twice`);
  return issuers;
}

/** Whether what comes from there can be believed: nobody on the way can have changed it. */
export function isSecure({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname));
}

function parseIssuer(entry: unknown, place: Place): IssuerSettings {
  const { issuer, audience, grants, algorithms = USUAL_ALGORITHMS, clockSkewSeconds, ca } = recordOf(entry, place, ISSUER_FIELDS);
  const known = `of ${ALGORITHMS.join(', ')}`;
  if (!isTexts(algorithms) || algorithms.some((one) => !ALGORITHMS.includes(one))) fail(place, `"algorithms" must be a list ${known}`);
  if (!Array.isArray(grants) || grants.length === 0) fail(place, '"grants" must be a list of {claim, value, scopes, engines, selector}');
  if (ca !== undefined && typeof ca !== 'string') fail(place, '"ca" must be the path of a file');
  return {
    issuer: parseAddress(issuer, place),
    audiences: parseTexts(audience, '"audience"', place),
    algorithms,
    clockSkewSeconds: parseSkew(clockSkewSeconds, place),
    ...(ca === undefined ? {} : { ca: readPem(VARIABLE, ca) }),
    grants: grants.map((grant, index) => parseGrant(grant, { ...place, where: `${place.where}, grant ${index + 1}` })),
  };
}

function parseAddress(issuer: unknown, place: Place): string {
  const url = typeof issuer === 'string' ? URL.parse(issuer) : null;
  if (typeof issuer !== 'string' || url === null) return fail(place, '"issuer" must be the address of the issuer');
  if (!isSecure(url)) fail(place, `"issuer" ${url.href} must begin with https://; http:// is for loopback only`);
  if (`${url.username}${url.password}` !== '' || /[?#\s]/.test(issuer)) {
    fail(place, '"issuer" may hold no user, no password, no question mark, no # and no spaces');
  }
  return issuer;
}

function parseSkew(seconds: unknown, place: Place): number {
  if (seconds === undefined) return USUAL_SKEW_SECONDS;
  const isFit = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0 && seconds <= LARGEST_SKEW_SECONDS;
  return isFit ? seconds : fail(place, `"clockSkewSeconds" must be a whole number, 0 to ${LARGEST_SKEW_SECONDS}`);
}

function parseGrant(entry: unknown, place: Place): GrantSettings {
  const { claim, value, scopes, engines, selector = null } = recordOf(entry, place, GRANT_FIELDS);
  if (typeof value !== 'string' || value === '') return fail(place, '"value" must be a text');
  if (!isTexts(scopes)) return fail(place, '"scopes" must be a list of scopes');
  if (selector !== null && typeof selector !== 'string') return fail(place, '"selector" must be a text');
  return { claim: parseTexts(claim, '"claim"', place), value, scopes, engines: parseEngines(engines, place), selector };
}

function parseEngines(engines: unknown, place: Place): readonly string[] {
  if (engines === undefined) return [];
  const isNamed = isTexts(engines) && engines.every((name) => ENGINE_NAME.test(name));
  return isNamed ? engines : fail(place, '"engines" must be a list of names of engines');
}

function parseTexts(value: unknown, field: string, place: Place): readonly string[] {
  const texts: unknown = typeof value === 'string' ? [value] : value;
  return isTexts(texts) ? texts : fail(place, `${field} must be a text, or a list of texts`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '');
}

function fail({ variable, where }: Place, problem: string): never {
  throw new SettingsError(variable, `${where}: ${problem}`);
}
