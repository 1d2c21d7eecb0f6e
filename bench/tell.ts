/** What a person who waits may want to know. */
export function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

export function rest(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
