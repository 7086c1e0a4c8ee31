import type { EgressGuard } from "../egress/egress-guard.ts";
import type { ExecutionFiles, Services } from "@capstan/sdk";

/** For whom expressions are evaluated, and what they may use. */
export interface FunctionHost {
  readonly namespace: string;
  /** Absent where no execution exists yet, as in triggers. */
  readonly executionId?: string;
  readonly services: Services;
  readonly files: ExecutionFiles;
  /** The variables that `envs` shows, by name. */
  readonly envs: Readonly<Record<string, string>>;
  /** Stands before the connections of `http()`; worker threads guard all of theirs. */
  readonly egress?: EgressGuard | undefined;
  /** Told each secret that an expression resolved, so that it can be masked. */
  onSecret?(value: string): void;
}
