type Environment = Readonly<Record<string, string | undefined>>;

export interface OwnEndpoint {
  readonly url: string;
  /** Whoever connects must show a certificate, which the service has none of for itself. */
  readonly wantsCertificate: boolean;
}

/** On all addresses: the own machine is one of them. */
const ANYWHERE = ['0.0.0.0', '::', ''];

/** Where the service is asked from inside its own container: read without the files that other settings name. */
export function readOwnEndpoint(env: Environment = process.env): OwnEndpoint {
  const scheme = env.FAIRLEAD_TLS_CERT?.trim() ? 'https' : 'http';
  const bound = env.FAIRLEAD_HOST?.trim() ?? '';
  const host = ANYWHERE.includes(bound) ? '127.0.0.1' : bound.includes(':') ? `[${bound}]` : bound;
  return {
    url: `${scheme}://${host}:${env.FAIRLEAD_PORT?.trim() || '4700'}`,
    wantsCertificate: Boolean(env.FAIRLEAD_TLS_CLIENT_CA?.trim()),
  };
}
