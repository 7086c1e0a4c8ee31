import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { localFoldersOf } from "./local-files-settings.ts";
import { temporaryFiles } from "./testing/run-command.ts";

async function load(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const path = await temporaryFiles({ "c.yaml": yaml });
  return localFoldersOf(loadConfiguration(path("c.yaml"), environment).configuration);
}

test("flows may use no folder by default", async () => {
  expect(await load("{}")).toEqual({ readable: [], writable: [] });
});

test("folders are named in the file or by variables", async () => {
  const file = "localFiles:\n  readablePaths: [/data/reference]\n  writablePaths: [/data/in]\n";
  expect(await load(file)).toEqual({ readable: ["/data/reference"], writable: ["/data/in"] });
  expect(await load(file, { CAPSTAN_LOCAL_FILES_WRITABLE_PATHS: "/a, /b" })).toEqual({
    readable: ["/data/reference"],
    writable: ["/a", "/b"],
  });
});

test.each(["data/in", "./data", "~/data"])("%s is no folder of a machine", async (path) => {
  await expect(load(`localFiles:\n  readablePaths: [${path}]\n`)).rejects.toThrow(
    "it must be an absolute path, such as /data/in",
  );
});
