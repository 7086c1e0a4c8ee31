import type { WorkerTarget } from "@capstan/engine";
import type { Plugin } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { EgressRules } from "./egress/egress-policy.ts";
import type { FlowControlPolicy } from "./flow-control/rules.ts";
import type { RetentionPolicy } from "./purge/retention-policy.ts";
import type { JobHost, Worker } from "./worker/worker.ts";
import type { InstalledPlugin } from "./worker/installed-plugin.ts";

export interface WorkerSettings {
  /** How long a worker may be silent before its jobs start again, in milliseconds. */
  readonly lostAfterMs: number;
  /** The same for servers that share the database and run tasks for the one that leads; by default as for others. */
  readonly memberLostAfterMs?: number;
  /** Whether groups count: somebody may come who takes jobs of a group. */
  readonly hasGroups: boolean;
  /** Whether this process runs tasks of the default group itself. */
  readonly isLocal: boolean;
  /** Which workers run the tasks of a namespace that name none; undefined for the default group. */
  readonly targetOf: (tenant: string, namespace: string) => WorkerTarget | undefined;
}

export interface RuntimeOptions {
  readonly store: Store;
  readonly storage: Storage;
  readonly plugins: readonly (Plugin | InstalledPlugin)[];
  /** Makes the worker that runs tasks; called once, at the start. */
  createWorker(host: JobHost): Worker;
  /** Lets workers of other processes run tasks. */
  readonly workers?: WorkerSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Makes ids; by default of the time and random bits. */
  readonly newId?: () => string;
  /** Randomness of expressions, in [0, 1). */
  readonly random?: () => number;
  /** What `globals` shows. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Where people reach the server, without a slash at the end: what `kestra.url` shows. */
  readonly publicUrl?: string;
  /** Base64 of 16, 24 or 32 bytes: SECRET inputs and what tasks ask for are stored encrypted. */
  readonly encryptionKey?: string;
  /** Where `envs` and secrets come from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeZone?: string;
  /** False: no trigger starts anything by itself. */
  readonly firesTriggers?: boolean;
  /** How long what executions leave behind is kept; by default until somebody removes it. */
  readonly retention?: RetentionPolicy;
  /** Limits beyond those of single flows. */
  readonly flowControl?: FlowControlPolicy;
  /** Where `http()` of expressions may connect to; tasks and triggers run in workers, which have rules of their own. */
  readonly egress?: EgressRules;
  /** How long a polling trigger may take to answer, in milliseconds. */
  readonly pollLimitMs?: number;
  /** Executions that may descend from one by tasks of flows; default `DESCENDANTS_MAX`. */
  readonly descendantsMax?: number;
  /** How long keys of requests are known, in milliseconds; default `IDEMPOTENCY_KEY_RETENTION_MS`. */
  readonly idempotencyKeyRetentionMs?: number;
}
