import { defineTrigger, secret, text } from "@capstan/sdk";
import { z } from "zod";

const type = (name: string) => `test.${name}`;

/** Triggers for tests: good ones, and ones that break every rule. */
export default {
  name: "triggers",
  title: "Test triggers",
  category: "Test",
  definitions: [
    defineTrigger({
      type: type("Ask"),
      title: "Finds what it is given",
      properties: () => z.object({ value: text(), password: secret().optional() }),
      poll: async ({ properties, log, position, files }) => {
        log.info(`asked with ${properties.password}`);
        const uri = await files.put("found.txt", properties.value);
        if (properties.value === "nothing") return undefined;
        return { variables: { value: properties.value, uri }, position: Number(position ?? 0) + 1 };
      },
    }),
    defineTrigger({
      type: type("AskBadly"),
      title: "Ends as it is told",
      properties: () => z.object({ how: text() }),
      poll: async ({ properties: { how } }) => {
        if (how === "spin") for (;;);
        if (how === "exit") process.exit(1);
        if (how === "large") return { variables: { value: "x".repeat(3_000_000) } };
        if (how === "never") return new Promise(() => undefined);
        throw new Error("no route");
      },
    }),
    defineTrigger({
      type: type("Count"),
      title: "Emits numbers from its position on; waits for each, or not",
      properties: () => z.object({ waits: z.boolean(), upTo: z.int(), thenSpins: z.boolean().optional() }),
      listen: async ({ properties, position, emit, signal }) => {
        if (position !== undefined) await emit({ variables: { goesOnFrom: position } });
        for (let number = Number(position ?? 0) + 1; number <= properties.upTo; number += 1) {
          const emitted = emit({ variables: { number }, position: number });
          if (properties.waits) await emitted;
          else void emitted.catch(() => undefined);
          if (number === properties.upTo && !properties.waits) await emitted;
        }
        if (properties.thenSpins === true && position === undefined) for (;;);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      },
    }),
  ],
};
