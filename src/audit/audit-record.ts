import type { AuditKind } from './audit-actions.js';

/**
 * `succeeded`: it was carried out, or all was so already. `refused`: nothing was done, for what the caller asked or may do.
 * `failed`: an engine, the database or the service failed. `unknown`: nobody could tell, or it is still under way.
 */
export const AUDIT_OUTCOMES = ['succeeded', 'refused', 'failed', 'unknown'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export const AUDIT_FACES = ['rest', 'graphql'] as const;
export type AuditFace = (typeof AUDIT_FACES)[number];

/** What a command was on. */
export interface AuditTarget {
  readonly kind: AuditKind | null;
  /** null where it was not found out. */
  readonly id: string | null;
  readonly name: string | null;
  /** What the caller called it. */
  readonly reference: string | null;
}

/** A command, and what came of it. */
export interface AuditRecord {
  readonly id: string;
  /** Of its first row in the chain. */
  readonly sequence: number;
  readonly time: string;
  /** null while it is under way, and where its end never went on record. */
  readonly endedAt: string | null;
  readonly requestId: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly subject: string | null;
  readonly address: string;
  readonly face: AuditFace;
  readonly action: string;
  readonly target: AuditTarget;
  readonly engine: string | null;
  readonly dryRun: boolean;
  readonly outcome: AuditOutcome;
  readonly code: string | null;
  readonly changed: boolean | null;
  readonly replayed: boolean;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly omitted: readonly string[];
}

/** Which records are wanted; all conditions must hold, an empty one excludes nothing. */
export interface AuditFilter {
  /** Ids or names of keys. */
  readonly keys?: readonly string[];
  readonly subjects?: readonly string[];
  readonly addresses?: readonly string[];
  /** `network.*` stands for a whole family. */
  readonly actions?: readonly string[];
  readonly engines?: readonly string[];
  /** Ids, names, or what callers called them. */
  readonly targets?: readonly string[];
  readonly outcomes?: readonly AuditOutcome[];
  readonly requestIds?: readonly string[];
  readonly dryRun?: boolean | null;
  readonly from?: string | null;
  /** Not included itself. */
  readonly to?: string | null;
}

/** Where the chain of records ends. */
export interface AuditHead {
  readonly sequence: number;
  readonly mac: string;
}
