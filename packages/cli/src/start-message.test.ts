import { expect, test } from "vitest";
import { startMessage } from "./start-message.ts";

const FACTS = { url: "http://127.0.0.1:8080", data: "/data", username: undefined };

test("a start tells the address, the data, who may call, and what to do next", () => {
  expect(startMessage(FACTS)).toBe(`capstan listens on http://127.0.0.1:8080
  data    /data
  access  no password, from this machine
  next    capstan flow list   (Ctrl-C stops the server)
`);
});

test("flows that were refused or have warnings are counted, with the command that tells more", () => {
  const flows = { folder: "flows", changed: 3, unchanged: 4, warned: 1, refused: 2 };
  const text = startMessage({ ...FACTS, url: "http://127.0.0.1:9000", username: "ada", flows });
  expect(text).toContain(
    "flows   7 from flows, 3 of them new or changed, 1 with warnings, 2 left out for mistakes: capstan validate flows\n",
  );
  expect(text).toContain("access  basic authentication as ada\n");
  expect(startMessage({ ...FACTS, username: "ada", tokens: 2 })).toContain(
    "basic authentication as ada, or 2 tokens\n",
  );
  expect(startMessage({ ...FACTS, tokens: 1 })).toContain("access  a token\n");
  expect(text).toContain("capstan flow list --server http://127.0.0.1:9000 ");
});
