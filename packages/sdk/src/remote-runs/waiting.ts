import { dynamic, formatDuration } from "@capstan/model";
import { z } from "zod";
import { duration } from "../property-builders.ts";

/** Between two looks at a run, whatever is asked for, in milliseconds. */
export const POLL_MS_MIN = 100;

/** How long, and how often, in milliseconds. */
export interface Waiting {
  readonly pollFrequency: number;
  /** Undefined has no end. */
  readonly maxDuration?: number | undefined;
}

/** `wait` of a task that starts a run. */
export const waitProperty = (byDefault: boolean) =>
  dynamic(z.boolean())
    .default(byDefault)
    .describe(
      `Whether to wait for the end of the run. Without, nothing is known of how it ends. Default: ${byDefault}.`,
    );

/** How often a run is looked at; the default in milliseconds. */
export const pollProperty = (milliseconds: number) =>
  duration()
    .default(milliseconds)
    .describe(
      `Time between two looks at the run; a tenth of a second at least. Default: ${formatDuration(milliseconds)}.`,
    );

/** How long a run is waited for; the default in milliseconds. */
export const maxDurationProperty = (milliseconds: number) =>
  duration()
    .default(milliseconds)
    .describe(
      `Longest wait. The task fails when it is over, and the run goes on. Default: ${formatDuration(milliseconds)}.`,
    );
