import { randomBytes } from 'node:crypto';

/** A text that must stay where it was put, and how it would look where somebody wrote it down in another way. */
interface Canary {
  readonly label: string;
  readonly traces: readonly { readonly form: string; readonly text: string }[];
}

/** What was planted, to be looked for afterwards. */
export class Canaries {
  readonly #planted: Canary[] = [];

  /** A secret with characters that JSON, URLs and HTML write in ways of their own. */
  plant(label: string): string {
    const secret = `c4${randomBytes(12).toString('hex')}+/=&"%${randomBytes(12).toString('hex')}`;
    this.watch(label, secret);
    return secret;
  }

  /** A secret that others made. Parts of it count: no line may show the half of one. */
  watch(label: string, secret: string): void {
    const parts = secret.split(/\n/).flatMap((line) => line.match(/[\w-]{16,}/g) ?? []);
    const short = parts.length === 0 ? [secret] : [];
    this.#planted.push({ label, traces: [...parts, ...short].flatMap((part) => tracesOf(part)) });
  }

  /** Which of them a text shows, and in which form. */
  in(text: string): string[] {
    return this.#planted.flatMap(({ label, traces }) => traces
      .filter((trace) => text.includes(trace.text))
      .map(({ form }) => `${label}, ${form}`));
  }
}

function tracesOf(part: string): { form: string; text: string }[] {
  const bytes = Buffer.from(part);
  const shifted = [0, 1, 2].map((before) => inBase64(bytes, before));
  return [
    { form: 'as it is', text: part },
    { form: 'in hex', text: bytes.toString('hex') },
    { form: 'in upper-case hex', text: bytes.toString('hex').toUpperCase() },
    ...shifted.map((text) => ({ form: 'in base64', text })),
    ...shifted.filter((text) => /[+/]/.test(text)).map((text) => ({ form: 'in base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') })),
  ];
}

/** As it looks in the base64 of a text in which so many bytes, modulo 3, come before it: without what its neighbours tell. */
function inBase64(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').replace(/=+$/, '');
  return whole.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
}
