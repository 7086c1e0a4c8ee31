import type { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";
import { createLineReader } from "@capstan/sdk/commands";
import { brokenOff } from "./engine.ts";

/** A line of what an engine tells while it pulls, pushes or builds. */
export interface Progress {
  readonly status?: string;
  readonly id?: string;
  /** Output of a build. */
  readonly stream?: string;
  readonly error?: string;
  readonly aux?: { readonly ID?: string; readonly Digest?: string };
}

/**
 * Reads what an engine tells until it has done. Throws `TaskFailure` when it tells an error, which comes with a good status, and when it
 * breaks off.
 */
export async function followProgress(
  answer: Readable,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const lines = createLineReader((line) => {
    if (line.trim() === "") return;
    const progress = JSON.parse(line) as Progress;
    if (progress.error !== undefined) throw new TaskFailure(`the Docker engine says: ${progress.error}`);
    onProgress(progress);
  });
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) lines.push(piece);
    lines.end();
  } catch (error) {
    throw brokenOff(error, signal);
  }
}
