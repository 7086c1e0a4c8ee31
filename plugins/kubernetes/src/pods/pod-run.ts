import type { RunnerContext } from "@capstan/sdk";
import type { Pod, PodSpec } from "./pod.ts";
import type { PodFiles } from "./pod-files.ts";

/** Between telling a pod to end and the kill, in seconds; well below what a killed task may take to end. */
export const GRACE_SECONDS_MAX = 8;

/** A pod for one command. */
export interface PodRun {
  readonly namespace: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
  /** The containers whose programs it is about: it has ended when they have. */
  readonly mains: readonly string[];
  readonly files: (PodFiles & { readonly outputFolder: string | undefined }) | undefined;
  /** Whether it is deleted when it has ended. */
  readonly delete: boolean;
  /** Whether a pod that a lost worker has left is taken for this one. */
  readonly resume: boolean;
  readonly waitUntilRunningMs: number;
  readonly waitUntilCompletionMs: number;
  /** Between the signal that tells it to end and the kill, in seconds. */
  readonly graceSeconds: number;
}

/** The pod of a run. */
export interface OwnPod {
  readonly pod: Pod;
  /** Whether this worker has made it, and gives it its files; one that another worker has left has them. */
  readonly isNew: boolean;
}

/** What a pod is for, and who takes its output. */
export interface Asked extends Omit<RunnerContext<never>, "properties"> {
  readonly onLine: (line: string) => void;
}

/** Questions of triggers are not asked again. */
export function canResume({ resume }: PodRun, { owner }: Asked): boolean {
  return resume && owner.attempt !== undefined;
}
