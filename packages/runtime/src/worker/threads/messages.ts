import type { LocalFolders, Metric } from "@capstan/sdk";
import type { LogLine } from "@capstan/store";
import type { EgressRules } from "../../egress/egress-policy.ts";
import type { TaskRunnerPolicy } from "../../runners/task-runners.ts";
import type { InstalledPlugin } from "../installed-plugin.ts";
import type { ProvidedModules } from "../provided-modules.ts";
import type { GroupChildEnd, Job, JobResult, TriggerJob } from "../worker.ts";

/** Which storage a thread opens: an exported function of a module, called with plain data, answers it. */
export interface StorageConfiguration {
  /** Specifier or URL. */
  readonly module: string;
  /** Name of the exported function. */
  readonly factory: string;
  readonly options: unknown;
}

/** What a thread is given when it starts. */
export interface ThreadSettings {
  readonly plugins: readonly (string | InstalledPlugin)[];
  /** For plugins that are not part of the installation. */
  readonly provided: ProvidedModules | undefined;
  readonly storage: StorageConfiguration;
  readonly taskRunners: TaskRunnerPolicy;
  readonly egress: EgressRules;
  /** A folder of its own, for temporary files. */
  readonly directory: string;
  readonly localFolders: LocalFolders;
  readonly graceMs: number;
  /** One 32-bit number that the thread adds to as long as its event loop turns. */
  readonly heartbeat: SharedArrayBuffer;
}

export type ToThread =
  /** Which methods the host's services have for a tenant: said before the tenant's first job. */
  | { readonly type: "services"; readonly tenant: string; readonly methods: readonly string[] }
  | { readonly type: "run"; readonly job: Job | TriggerJob }
  | { readonly type: "kill"; readonly key: string }
  | { readonly type: "answer"; readonly call: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly call: number; readonly error: ErrorData }
  /** So many characters of log were taken over by the host. */
  | { readonly type: "log-taken"; readonly characters: number }
  | { readonly type: "close" };

export type FromThread =
  | { readonly type: "ready" }
  /** The thread can't run anything. */
  | { readonly type: "unable"; readonly message: string }
  | { readonly type: "started"; readonly key: string; readonly at: number }
  | { readonly type: "child-ended"; readonly key: string; readonly child: GroupChildEnd }
  | { readonly type: "log"; readonly key: string; readonly taskId: string; readonly lines: readonly LogLine[] }
  | { readonly type: "metrics"; readonly key: string; readonly taskId: string; readonly metrics: readonly Metric[] }
  | { readonly type: "ended"; readonly key: string; readonly result: JobResult }
  | { readonly type: "call"; readonly call: number; readonly target: CallTarget; readonly args: readonly unknown[] }
  /** The job's code goes on although it is over: the thread should get no new job. */
  | { readonly type: "abandoned"; readonly key: string }
  /** An error that nothing caught; `key` is missing when nobody knows whose it is. */
  | { readonly type: "uncaught"; readonly key: string | undefined; readonly error: ErrorData }
  | { readonly type: "closed" };

export type CallTarget =
  | { readonly type: "lookup"; readonly key: string }
  | { readonly type: "event"; readonly key: string }
  | { readonly type: "service"; readonly tenant: string; readonly method: string };

/** An error as plain data. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly outputs?: unknown;
}
