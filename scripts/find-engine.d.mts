export interface FoundEngine {
  readonly answers: boolean;
  readonly place: string;
}

export function findEngine(env: Readonly<Record<string, string | undefined>>): Promise<FoundEngine>;

export function answersPing(
  where: { readonly socketPath: string } | { readonly host: string; readonly port: number | string },
  timeoutMs?: number,
): Promise<boolean>;
