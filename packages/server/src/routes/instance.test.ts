import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

test("filters and functions of expressions", async () => {
  const { call } = await setup();
  const get = async (path: string) => (await call("GET", `/api/v1${path}`)).json;
  expect(await get("/pebble/filters")).toContain("upper");
  expect(await get("/pebble/functions")).toContainEqual({
    name: "secret",
    arguments: [{ name: "key" }, { name: "namespace" }, { name: "subkey" }],
  });
});
