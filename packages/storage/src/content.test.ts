import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { consume } from "./content.ts";

function endless(): Readable {
  return new Readable({
    read() {
      this.push("more");
    },
  });
}

test("an error of who reads comes through, although it stops the stream", async () => {
  const content = endless();
  const written = consume(content, async () => {
    for await (const _ of content) throw new Error("the disk is full");
  });
  await expect(written).rejects.toThrow("the disk is full");
  expect(content.destroyed).toBe(true);
});

test("an error of the stream comes through, whatever its reader makes of it", async () => {
  const content = endless();
  const written = consume(content, async () => {
    content.destroy(new Error("the source broke"));
    throw new Error("premature close");
  });
  await expect(written).rejects.toThrow("the source broke");
});
