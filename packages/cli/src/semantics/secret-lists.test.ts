import { expect, test } from "vitest";
import { flowWorld, runOf } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const world = flowWorld({ encryptionKey: Buffer.alloc(32, 7).toString("base64") }, () => [
  sourceOf(
    "words",
    `inputs: [{id: words, type: ARRAY, itemType: SECRET}]
tasks:
  - {id: count, type: core.debug.Return, format: "{{ inputs.words | length }}"}
  - {id: show, type: core.log.Log, message: "{{ inputs.words[1] }}"}`,
  ),
]);

test("each secret of a list is stored encrypted, read in the clear, and masked in what tasks say", async () => {
  const words = ["first-word", "second-word"];
  const { row, taskRuns } = await world().meets("words", { inputs: { words }, state: "SUCCESS" });
  expect(row.inputs).toEqual({
    words: words.map(() => ({ type: "io.kestra.datatype:aes_encrypted", value: expect.any(String) })),
  });
  expect(runOf({ row, taskRuns }, "count").outputs).toEqual({ value: "2" });
  expect(await world().logs(row.id)).toEqual(["INFO ******"]);
});
