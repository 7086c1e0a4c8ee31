import { duration, dynamic } from "@capstan/sdk";
import { z } from "zod";

/** Between two looks, whatever is asked for. */
export const POLL_MS_MIN = 100;

/** How long, and how often, in milliseconds. */
export interface Waiting {
  readonly pollFrequency: number;
  /** Undefined has no end. */
  readonly maxDuration?: number | undefined;
}

export const waitProperty = (byDefault: boolean) =>
  dynamic(z.boolean())
    .default(byDefault)
    .describe(
      `Whether to wait for the end of the run. Without, nothing is known of how it ends. Default: ${byDefault}.`,
    );

export const pollProperty = (milliseconds: number, written: string) =>
  duration()
    .default(milliseconds)
    .describe(`Time between two looks at the run; a tenth of a second at least. Default: ${written}.`);

export const maxDurationProperty = (milliseconds: number, written: string) =>
  duration()
    .default(milliseconds)
    .describe(`Longest wait. The task fails when it is over, and the run goes on. Default: ${written}.`);
