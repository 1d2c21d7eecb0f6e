/** One environment variable, as the documentation shows it. */
export interface DocumentedSetting {
  readonly variable: string;
  readonly default: string;
  readonly meaning: string;
}

/** Every variable that the service reads. A variable `FAIRLEAD_…` that is not here stops the start. */
export const SETTINGS_TABLE = [
  {
    variable: 'FAIRLEAD_HOST',
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  {
    variable: 'FAIRLEAD_PORT',
    default: '4700',
    meaning: 'Port to listen on; 0 lets the system choose.',
  },
  {
    variable: 'FAIRLEAD_TLS_CERT',
    default: 'none',
    meaning: 'PEM file of the certificate to serve HTTPS with, its chain behind it; read anew when it changes.',
  },
  {
    variable: 'FAIRLEAD_TLS_KEY',
    default: 'none',
    meaning: 'PEM file of its private key, without a passphrase; read anew when it changes.',
  },
  {
    variable: 'FAIRLEAD_TLS_CLIENT_CA',
    default: 'none',
    meaning:
      'PEM file of authorities: who connects must show a certificate of theirs, beside the API key; read anew when it changes.',
  },
  {
    variable: 'FAIRLEAD_ALLOWED_HOSTS',
    default: 'none',
    meaning:
      'Host names that the service is called by, and `*.suffix`, comma separated, beside addresses, `localhost`, ' +
      "FAIRLEAD_HOST and the machine's own name. Requests for any other name are refused.",
  },
  {
    variable: 'FAIRLEAD_CORS_ORIGINS',
    default: 'none',
    meaning:
      'Origins of pages elsewhere that may call the service from browsers, over HTTP and WebSocket, comma separated, as ' +
      '`https://console.example.com`.',
  },
  {
    variable: 'FAIRLEAD_TRUSTED_PROXIES',
    default: 'none',
    meaning:
      'Addresses and CIDR blocks of reverse proxies, comma separated: only from these are `X-Forwarded-For`, ' +
      '`X-Forwarded-Proto` and `X-Forwarded-Host` believed.',
  },
  {
    variable: 'FAIRLEAD_ENGINES',
    default: 'none',
    meaning:
      'Engines to look after: a JSON list, or the path of a file that holds one, of ' +
      '{name, endpoint, tls: {ca, cert, key}, ssh: {knownHosts, key, passphraseFile, passwordFile}} with `unix://`, ' +
      '`tcp://` or `ssh://` endpoints and paths of files. More can be added through the API.',
  },
  {
    variable: 'DOCKER_HOST',
    default: 'unix:///var/run/docker.sock',
    meaning: 'The engine `local`, where FAIRLEAD_ENGINES is not set; over `ssh://user@host` with the keys in `~/.ssh`.',
  },
  {
    variable: 'DOCKER_TLS_VERIFY',
    default: 'off',
    meaning: 'Any text: reach the `tcp://` engine of DOCKER_HOST over TLS.',
  },
  {
    variable: 'DOCKER_CERT_PATH',
    default: '~/.docker',
    meaning: 'Folder with ca.pem, cert.pem and key.pem for DOCKER_TLS_VERIFY.',
  },
  {
    variable: 'FAIRLEAD_DATABASE_URL',
    default: 'sqlite:./data/fairlead.db',
    meaning:
      'Where the service keeps its data: `sqlite:<file>`, whose folder also holds the first API key, or ' +
      '`postgres://user:password@host/database`, then `./data` holds it.',
  },
  {
    variable: 'FAIRLEAD_EVENT_RETENTION',
    default: '7d,200000',
    meaning: 'Events kept, by age (`m`, `h`, `d`) and by number, whichever is reached first.',
  },
  {
    variable: 'FAIRLEAD_AUDIT_RETENTION',
    default: '365d',
    meaning: 'How long audit records are kept (`h`, `d`).',
  },
  {
    variable: 'FAIRLEAD_API_KEY',
    default: 'made at the first start',
    meaning: 'The administrator key, at least 16 characters.',
  },
  {
    variable: 'FAIRLEAD_SECRET_KEY',
    default: 'made at the first start',
    meaning:
      'Encrypts the secrets of webhooks and the credentials of engines in the database, and keys the digests of requests with an `Idempotency-Key` and the chain of audit records: ' +
      '32 bytes in hex or base64, or a text of at least 16 characters. ' +
      'The one that is made is kept in `secret-key` beside the first API key; processes on one database need the same.',
  },
  {
    variable: 'FAIRLEAD_OIDC_ISSUERS',
    default: 'none',
    meaning:
      'OpenID Connect issuers whose tokens are taken: a JSON list, or the path of a file that holds one, of ' +
      '{issuer, audience, grants: [{claim, value, scopes, engines, selector}], algorithms, clockSkewSeconds, ca}.',
  },
  {
    variable: 'FAIRLEAD_WEBHOOK_ALLOW',
    default: 'default',
    meaning:
      'Where webhooks may be delivered to: addresses, CIDR blocks, host names and `*.suffix`, comma separated; `default` ' +
      "is all but loopback, link-local, multicast and cloud metadata addresses. Never the engines' own endpoints.",
  },
  {
    variable: 'FAIRLEAD_ALLOW_HOST_NETWORK',
    default: 'off',
    meaning: 'Whether containers may be made in the network of the host, and services there be given another image or command, by keys with the scope containers:host-network.',
  },
  {
    variable: 'FAIRLEAD_ALLOW_IMAGE_PULL',
    default: 'off',
    meaning: 'Whether an image that the engine lacks is fetched from its registry, for keys with the scope images:pull.',
  },
  {
    variable: 'FAIRLEAD_RATE_LIMIT_PER_KEY',
    default: '6000',
    meaning: 'Requests a minute with one API key, in all processes on the database together, or `off`.',
  },
  {
    variable: 'FAIRLEAD_RATE_LIMIT_PER_ADDRESS',
    default: '120',
    meaning: 'Requests a minute without a valid API key from one address (IPv6: one /64), or `off`; health probes are not counted.',
  },
  {
    variable: 'FAIRLEAD_LOG_LEVEL',
    default: 'info',
    meaning: 'trace, debug, info, warn, error, fatal or silent.',
  },
  {
    variable: 'FAIRLEAD_GRAPHIQL',
    default: 'on',
    meaning: 'Whether a browser is shown GraphiQL at /graphql.',
  },
  {
    variable: 'FAIRLEAD_GRAPHQL_INTROSPECTION',
    default: 'on',
    meaning: 'Whether the schema can be asked for over GraphQL, as GraphiQL does, and is spoken of in errors.',
  },
] as const satisfies readonly DocumentedSetting[];

export type SettingVariable = (typeof SETTINGS_TABLE)[number]['variable'];
