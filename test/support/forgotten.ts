type End = () => void | Promise<void>;

const open = new Set<End>();

/** Has this done when the test file is through, unless it was done before: call what this answers to say so. */
export function endAfterFile(end: End): () => void {
  open.add(end);
  return () => open.delete(end);
}

/** Newest first: what was started later may stand on what was there. */
export async function endForgotten(): Promise<void> {
  const failures: unknown[] = [];
  for (const end of [...open].reverse()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  open.clear();
  if (failures.length > 0) throw new AggregateError(failures, 'some of what a test file forgot could not be ended');
}
