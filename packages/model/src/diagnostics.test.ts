import { expect, test } from "vitest";
import { DIAGNOSTICS } from "./diagnostics.ts";

test.each(Object.entries(DIAGNOSTICS))(
  "the finding %s has a plain code, a title and a message without a label",
  (code, definition) => {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(definition.title).toMatch(/^[A-Z].*[^.]$/);
    expect(definition.message("a", "b", "c")).not.toMatch(/^Error|please|undefined|!$/i);
  },
);
