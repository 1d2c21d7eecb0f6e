/** What a command did. */
export interface Outcome<T> {
  /** As it stands now; as it last stood for a removal; as it would be for a dry run. */
  readonly resource: T;
  /** False for a dry run, and where everything already was as asked for. */
  readonly changed: boolean;
  /** What the caller should know although the command succeeded. */
  readonly warnings: readonly string[];
}

/** How a command is to be carried out. */
export interface WriteOptions {
  /** Check everything that can be checked and change nothing. */
  readonly dryRun?: boolean;
  /** The entity tag that the resource must still bear when the command begins. */
  readonly ifMatch?: string;
}

/** The id of what a dry run would create. */
export const DRY_RUN_ID = 'dry-run';
