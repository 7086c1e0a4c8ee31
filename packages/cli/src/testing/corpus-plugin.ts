import { TaskFailure, definePlugin, defineTask, describeType, text } from "@capstan/sdk";
import { z } from "zod";

/** Tasks that exist only in the test flows of the corpus. */
const failing = defineTask({
  type: "io.kestra.core.runners.test.TaskThatFail",
  title: "Fail with an output",
  properties: () => z.object({ message: text() }),
  run: async ({ properties: { message } }) => {
    throw new TaskFailure("failed", { outputs: { message } });
  },
});

const nullOutput = defineTask({
  type: "io.kestra.core.tasks.test.NullOutputTask",
  title: "An output that is null",
  properties: () => z.object({}),
  run: async () => ({ value: null }),
});

const tooLarge = defineTask({
  type: "io.kestra.core.runners.test.WorkerTaskResultTooLarge",
  title: "An output that is too large",
  properties: () => z.object({}),
  run: async () => ({ value: "x".repeat(1_100_000) }),
});

const encrypted = defineTask({
  type: "io.kestra.core.tasks.test.Encrypted",
  title: "An output that is encrypted when the server has a key",
  properties: () => z.object({ format: z.string() }),
  run: async ({ properties: { format }, services }) => ({ value: (await services.encrypt?.(format)) ?? format }),
});

const trigger = describeType({
  type: "io.kestra.core.runners.test.trigger.Alias",
  element: "trigger",
  title: "A trigger that never fires",
  properties: () => z.looseObject({}),
});

export const corpusPlugin = definePlugin({
  name: "corpus",
  title: "Corpus",
  category: "test",
  definitions: [failing, nullOutput, tooLarge, encrypted, trigger],
});
