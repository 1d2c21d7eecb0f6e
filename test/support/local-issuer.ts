import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { endAfterFile } from './forgotten.js';
import { findFreePort } from './free-port.js';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface Signed {
  readonly key?: SigningKey;
  /** Beside `alg` and `kid`. */
  readonly header?: object;
}

let made = 0;

export async function aSigningKey(alg = 'ES256', kid = `key-${(made += 1)}`): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An OpenID Connect issuer, as far as whoever checks its tokens sees it: discovery, and keys that can be changed. */
export class LocalIssuer {
  /** What it shows: the first one signs. */
  keys: SigningKey[] = [];
  /** Instead of what belongs there, by path; nothing where it is held back. */
  readonly answers = new Map<string, { readonly status?: number; readonly body?: unknown; readonly isHeld?: boolean }>();
  /** Paths that it was asked for, in order. */
  readonly asked: string[] = [];
  readonly issuer: string;
  #server: Server | undefined;
  readonly #isEnded = endAfterFile(() => this.stop());

  private constructor(
    private readonly port: number,
    private readonly tls: https.ServerOptions | undefined,
  ) {
    this.issuer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/realms/main`;
  }

  static async start({ tls }: { readonly tls?: https.ServerOptions } = {}): Promise<LocalIssuer> {
    const issuer = new LocalIssuer(await findFreePort(), tls);
    issuer.keys = [await aSigningKey()];
    await issuer.listen();
    return issuer;
  }

  /** At the same address as before. */
  async listen(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request.url ?? '', response);
    const server = this.tls === undefined ? createServer(answer) : https.createServer(this.tls, answer);
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#isEnded();
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  /** Of somebody who may not do anything yet, for five minutes. */
  claims(): JWTPayload {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: this.issuer, aud: 'fairlead', sub: 'ada', iat: now, exp: now + 300 };
  }

  /** A token with these claims beside the usual ones, or without those that are undefined. */
  async token(claims: JWTPayload = {}, { key = this.#key(), header = {} }: Signed = {}): Promise<string> {
    const payload = JSON.parse(JSON.stringify({ ...this.claims(), ...claims })) as JWTPayload;
    const { crit = [] } = header as { crit?: readonly string[] };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
      .sign(key.privateKey, { crit: Object.fromEntries(crit.map((name) => [name, false])) });
  }

  #key(): SigningKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  }

  #answer(path: string, response: ServerResponse): void {
    this.asked.push(path);
    const { status = 200, body = this.#usual(path), isHeld = false } = this.answers.get(path) ?? {};
    if (isHeld) return;
    response.writeHead(body === undefined ? 404 : status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }

  #usual(path: string): unknown {
    if (path === DISCOVERY) return { issuer: this.issuer, jwks_uri: `${new URL(this.issuer).origin}${KEYS}` };
    return path === KEYS ? { keys: this.keys.map(({ publicJwk }) => publicJwk) } : undefined;
  }
}

export const DISCOVERY = '/realms/main/.well-known/openid-configuration';
export const KEYS = '/keys';
