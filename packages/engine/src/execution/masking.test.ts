import { expect, test } from "vitest";
import { createMasking } from "./masking.ts";

test("hides every occurrence of every secret", () => {
  const masking = createMasking(["abc"]);
  masking.add("x.y");
  expect(masking.mask("abc and x.y and abcabc, but not xzy")).toBe("****** and ****** and ************, but not xzy");
});

test("hides a secret that contains another one as a whole", () => {
  expect(createMasking(["pass", "password"]).mask("password")).toBe("******");
});

test("hides the longer lines of a text of several lines on their own", () => {
  const masking = createMasking(["-----BEGIN-----\nMIIEvQIBADAN\n}\n"]);
  expect(masking.mask("MIIEvQIBADAN")).toBe("******");
  expect(masking.mask("{}")).toBe("{}");
});

test("blank values hide nothing", () => {
  expect(createMasking(["", " ", "\n"]).mask("a b\nc")).toBe("a b\nc");
});

test("a secret with replacement patterns stays hidden", () => {
  expect(createMasking(["$&"]).mask("it is $&")).toBe("it is ******");
});
