import { defineTask, duration } from "@capstan/sdk";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";

/** The longest wait that one timer of the platform can make. */
const TIMER_MS_MAX = 2_147_483_647;

/** Waits. */
export const sleep = defineTask({
  type: "io.kestra.plugin.core.flow.Sleep",
  title: "Wait for a while",
  description: "Holds a place of the worker for the whole time; prefer a Pause with `pauseDuration` for long waits.",
  properties: () => z.object({ duration: duration().describe("How long to wait.") }),
  outputs: () => z.object({}),
  examples: [
    { title: "Wait five seconds", code: "id: wait\ntype: io.kestra.plugin.core.flow.Sleep\nduration: PT5S\n" },
  ],
  async run({ properties, signal, now, log }) {
    log.info(`Waiting for ${Temporal.Duration.from({ milliseconds: properties.duration }).toString()}`);
    const end = now() + properties.duration;
    for (let left = properties.duration; left > 0; left = end - now())
      await setTimeout(Math.min(left, TIMER_MS_MAX), undefined, { signal });
  },
});
