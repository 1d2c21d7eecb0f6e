type Environment = Readonly<Record<string, string | undefined>>;

/** Where the service is asked from inside its own container: read without the files that other settings name. */
export function readOwnEndpoint(env: Environment = process.env): string {
  const scheme = env.FAIRLEAD_TLS_CERT?.trim() ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${env.FAIRLEAD_PORT?.trim() || '4700'}`;
}
