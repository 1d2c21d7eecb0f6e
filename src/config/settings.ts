/** How to reach one engine. */
export interface EngineSettings {
  /** The short name that callers use. */
  readonly name: string;
  /** `unix:///path`, `tcp://host:port` or `ssh://user@host:port/path`. */
  readonly endpoint: string;
  /** PEM texts, read from the files that were named; absent where the connection is not encrypted. */
  readonly tls?: TlsSettings;
  /** Present for `ssh://` endpoints. */
  readonly ssh?: SshSettings;
}

export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface SshSettings {
  /** Those that the host may prove itself by, each as `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** PEM or OpenSSH text. */
  readonly privateKey?: string;
  /** Of the private key. */
  readonly passphrase?: string;
  readonly password?: string;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where what must survive a restart is kept. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Events older than either bound are dropped. */
export interface EventRetention {
  readonly maxAgeMs: number;
  readonly maxCount: number;
}

/** Where webhooks may be delivered to, beside what `default` means. */
export interface WebhookAllowance {
  /** Whatever is neither loopback, link-local, multicast nor a metadata address. */
  readonly byDefault: boolean;
  /** Addresses and blocks of them, in CIDR notation or without a prefix length. */
  readonly blocks: readonly string[];
  /** Host names, in lower case; `*.example.com` stands for all below it. */
  readonly hosts: readonly string[];
}

/** Requests a minute; null where there is no limit. */
export interface RateLimitSettings {
  readonly perKey: number | null;
  /** Of those that show no valid key. */
  readonly perAddress: number | null;
}

export interface SettingValues {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly engines: readonly EngineSettings[];
  /** Where keys that the service makes are kept; the folder of the SQLite file, where there is one. */
  readonly dataFolder: string;
  readonly database: DatabaseSettings;
  readonly eventRetention: EventRetention;
  /** The administrator key that was set; null means one is made and kept in the data folder. */
  readonly apiKey: string | null;
  /** What stored secrets are encrypted with; null means one is made and kept in the data folder. */
  readonly secretKey: string | null;
  readonly webhookAllow: WebhookAllowance;
  readonly allowHostNetwork: boolean;
  readonly allowImagePull: boolean;
  readonly rateLimits: RateLimitSettings;
  readonly logLevel: LogLevel;
  readonly graphiql: boolean;
  /** Whether the schema can be asked for over GraphQL. */
  readonly introspection: boolean;
}

/** What the service was told at its start; frozen. Injected by this class. */
export class Settings implements SettingValues {
  readonly host!: string;
  readonly port!: number;
  readonly engines!: readonly EngineSettings[];
  readonly dataFolder!: string;
  readonly database!: DatabaseSettings;
  readonly eventRetention!: EventRetention;
  readonly apiKey!: string | null;
  readonly secretKey!: string | null;
  readonly webhookAllow!: WebhookAllowance;
  readonly allowHostNetwork!: boolean;
  readonly allowImagePull!: boolean;
  readonly rateLimits!: RateLimitSettings;
  readonly logLevel!: LogLevel;
  readonly graphiql!: boolean;
  readonly introspection!: boolean;

  constructor(values: SettingValues) {
    Object.assign(this, values);
    for (const engine of this.engines) Object.freeze(engine);
    Object.freeze(this.engines);
    Object.freeze(this.database);
    Object.freeze(this.eventRetention);
    Object.freeze(this.webhookAllow);
    Object.freeze(this.rateLimits);
    Object.freeze(this);
  }
}

/** A setting that cannot be used. Its message is the one line that the operator sees. */
export class SettingsError extends Error {
  constructor(
    readonly variable: string,
    problem: string,
  ) {
    super(`${variable}: ${problem}`);
    this.name = 'SettingsError';
  }
}
