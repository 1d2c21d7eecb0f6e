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
  | {
      readonly kind: 'sqlite';
      readonly file: string;
      /** For those who have nothing to write. */
      readonly mayOnlyRead?: boolean;
    }
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

/** The files of the service's own certificate. They are read anew when they change, so what is kept is where they are. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Of the authorities whose certificates clients must show; null where they need none. */
  readonly clientCa: string | null;
}

/** How callers reach the service, and as what. */
export interface TransportSettings {
  /** Null where requests are not encrypted. */
  readonly tls: TlsFiles | null;
  /** Names that the service is called by beside its own, in lower case; `*.example.com` stands for all below it. */
  readonly allowedHosts: readonly string[];
  /** Of pages elsewhere that may ask from browsers, as `https://console.example.com`. */
  readonly corsOrigins: readonly string[];
  /** Addresses and blocks of proxies whose word on who asks, and how, is taken. */
  readonly trustedProxies: readonly string[];
}

/** Whose tokens are taken. */
export interface IssuerSettings {
  /** To the letter what its tokens bear as `iss`. */
  readonly issuer: string;
  /** Its tokens must be for one of these. */
  readonly audiences: readonly string[];
  /** Those that its tokens may be signed with; none that needs a shared secret. */
  readonly algorithms: readonly string[];
  /** How far its clock and ours may be apart. */
  readonly clockSkewSeconds: number;
  /** PEM text of whom its certificate is trusted by; absent where by those that Node.js trusts. */
  readonly ca?: string;
  readonly grants: readonly GrantSettings[];
}

/** What a claim allows its bearer. */
export interface GrantSettings {
  /** Names that lead to it, from the outermost one. */
  readonly claim: readonly string[];
  /** What it must be, or have among what it lists. */
  readonly value: string;
  readonly scopes: readonly string[];
  /** Names of the engines that it shows; none for all. */
  readonly engines: readonly string[];
  /** Labels of the networks, containers and services that it shows; null for all. */
  readonly selector: string | null;
}

export interface SettingValues {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly transport: TransportSettings;
  readonly engines: readonly EngineSettings[];
  /** Where keys that the service makes are kept; the folder of the SQLite file, where there is one. */
  readonly dataFolder: string;
  readonly database: DatabaseSettings;
  readonly eventRetention: EventRetention;
  /** How long audit records are kept. */
  readonly auditRetentionMs: number;
  /** The administrator key that was set; null means one is made and kept in the data folder. */
  readonly apiKey: string | null;
  /** What stored secrets are encrypted with; null means one is made and kept in the data folder. */
  readonly secretKey: string | null;
  readonly oidcIssuers: readonly IssuerSettings[];
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
  readonly transport!: TransportSettings;
  readonly engines!: readonly EngineSettings[];
  readonly dataFolder!: string;
  readonly database!: DatabaseSettings;
  readonly eventRetention!: EventRetention;
  readonly auditRetentionMs!: number;
  readonly apiKey!: string | null;
  readonly secretKey!: string | null;
  readonly oidcIssuers!: readonly IssuerSettings[];
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
    Object.freeze(this.transport);
    for (const issuer of this.oidcIssuers) Object.freeze(issuer);
    Object.freeze(this.oidcIssuers);
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
