export const PARTS = ['reads', 'events', 'soak'] as const;
export type Part = (typeof PARTS)[number];

/** What `npm run bench -- …` takes. */
export interface Options {
  /** `--only=reads,events`: these parts and no other. */
  readonly parts: readonly Part[];
  /** `--record`: write what was measured into docs/benchmarks.md. */
  readonly record: boolean;
  /** `--rounds=3`: fewer rounds, for trying it out. */
  readonly rounds: number | undefined;
  /** `--soak=600`: how long the soak takes, in seconds; 0 leaves it out. */
  readonly soakSeconds: number;
  /** `--profile=<folder>`: keep CPU profiles of the service there. */
  readonly profileFolder: string | undefined;
}

const NAMES = ['only', 'record', 'rounds', 'soak', 'profile'];
const SOAK_SECONDS = 600;

export const options = parse(process.argv.slice(2));

function parse(args: readonly string[]): Options {
  const given = new Map(args.map((arg) => /^--([a-z]+)(?:=(.*))?$/.exec(arg)).map((match) => [match?.[1] ?? '', match?.[2]]));
  for (const name of given.keys()) {
    if (!NAMES.includes(name)) refuse(`takes --${NAMES.join(', --')}; not ${args.join(' ')}`);
  }
  const soakSeconds = numberOf(given, 'soak') ?? SOAK_SECONDS;
  const wanted = given.get('only')?.split(',') ?? PARTS;
  for (const part of wanted) if (!PARTS.includes(part as Part)) refuse(`--only takes ${PARTS.join(', ')}; not ${part}`);
  return {
    parts: PARTS.filter((part) => wanted.includes(part) && (part !== 'soak' || soakSeconds > 0)),
    record: given.has('record'),
    rounds: numberOf(given, 'rounds'),
    soakSeconds,
    profileFolder: given.get('profile'),
  };
}

function numberOf(given: ReadonlyMap<string, string | undefined>, name: string): number | undefined {
  if (!given.has(name)) return undefined;
  const text = given.get(name) ?? '';
  if (!/^\d+$/.test(text)) refuse(`--${name} takes a number; not ${text}`);
  return Number(text);
}

/** With the one line that says what to do. */
function refuse(text: string): never {
  process.stderr.write(`bench: ${text}\n`);
  process.exit(1);
}
