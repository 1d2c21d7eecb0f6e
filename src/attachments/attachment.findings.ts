import type { Finding } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Attachment } from '../resources/attachment.js';

interface Where {
  readonly container: { readonly name: string };
  readonly networkName: string;
}

/** An attachment that stood before another was asked for. */
export interface StoodBefore {
  /** It was as was asked for. */
  readonly isEqual: boolean;
}

/** What became of attaching, by what stood before and what stands now. */
export function attachingFinding(
  { container, networkName }: Where,
  seen: {
    readonly standing: Attachment | undefined;
    /** It is as was asked for. */
    readonly isEqual: boolean;
    readonly before: StoodBefore | null;
    /** What stood before was to be refused rather than left as it is. */
    readonly strict: boolean;
  },
): Finding<Outcome<Attachment>> {
  const { standing, isEqual, before, strict } = seen;
  const where = `Container ${container.name} is`;
  if (standing === undefined) {
    const lost = before === null ? '' : ' any more: the attachment that stood there is gone';
    return { is: 'undone', detail: `${where} not on network ${networkName}${lost}.` };
  }
  if (!isEqual) {
    const how = standing.broken ?? 'with other settings';
    return { is: 'undone', detail: `${where} on network ${networkName}, but not as was asked for: ${how}.` };
  }
  if (strict && before !== null) return { is: 'undone', detail: `${where} on network ${networkName}, as it was before.` };
  return { is: 'done', answer: { resource: standing, changed: before?.isEqual !== true, warnings: [] } };
}

/** What became of detaching. */
export function detachingFinding(
  { container, networkName }: Where,
  seen: {
    readonly standing: Attachment | undefined;
    readonly before: Attachment | null;
    readonly warnings: readonly string[];
  },
): Finding<Outcome<Attachment>> {
  const { standing, before, warnings } = seen;
  if (standing === undefined && before !== null) return { is: 'done', answer: { resource: before, changed: true, warnings } };
  const how = standing === undefined ? 'not on' : 'still on';
  return { is: 'undone', detail: `Container ${container.name} is ${how} network ${networkName}.` };
}
