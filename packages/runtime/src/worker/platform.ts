import type { LocalFiles } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { TaskRunnerPolicy } from "../runners/task-runners.ts";
import type { TaskFolders } from "./attempt/task-folders.ts";
import type { PluginRegistry } from "./plugin-registry.ts";
import type { JobHost } from "./worker.ts";

/** What attempts run on: one per worker thread. */
export interface AttemptPlatform {
  readonly registry: PluginRegistry;
  readonly storage: Storage;
  readonly host: JobHost;
  readonly taskRunners: TaskRunnerPolicy;
  /** Where temporary files are made; exists. */
  readonly directory: string;
  readonly folders: TaskFolders;
  /** What flows may use of this machine. */
  readonly localFiles: LocalFiles;
  /** How long a killed or overdue attempt may take to end, in milliseconds, before it is abandoned. */
  readonly graceMs: number;
  readonly now: () => number;
  /** Lets output of commands wait while the host is behind with what was logged; absent where it never is. */
  readonly pressure?: () => Promise<void> | undefined;
  /** An attempt went on after its grace period; its code may run for ever. */
  abandoned(key: string): void;
}
