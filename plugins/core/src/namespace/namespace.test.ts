import type { NamespaceFileService } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { deleteFiles } from "./delete-files.ts";
import { downloadFiles } from "./download-files.ts";
import { purgeFiles } from "./purge-files.ts";
import { uploadFiles } from "./upload-files.ts";

const NAMESPACE = "company.team";

describe("UploadFiles", () => {
  test("takes files of the working directory by glob", async () => {
    await using world = createTestWorld();
    const folder = await world.workingDirectory();
    await mkdir(join(folder, "out"));
    for (const path of ["a.csv", "out/b.csv", "c.txt"]) await writeFile(join(folder, path), path);
    const { outputs } = await world.run(uploadFiles, { files: ["**/*.csv"], destination: "/data/" });
    expect(Object.keys(outputs?.["files"] as object)).toEqual(["data/a.csv", "data/out/b.csv"]);
    const content = await world.services.namespaceFiles.read(NAMESPACE, "data/out/b.csv");
    expect(await text(content)).toBe("out/b.csv");
  });

  test("takes stored files by a map", async () => {
    await using world = createTestWorld();
    const uri = world.files.seed("kestra:///x/report.csv", "1,2");
    await world.run(uploadFiles, { filesMap: { "reports/today.csv": uri }, namespace: "other" });
    expect(await world.services.namespaceFiles.list("other")).toEqual(["reports/today.csv"]);
  });

  test("an existing file is replaced, kept or refused", async () => {
    await using world = createTestWorld();
    const uri = world.files.seed("kestra:///x/new", "new");
    const upload = (conflict: string) => world.run(uploadFiles, { filesMap: { f: uri }, conflict });
    await world.services.namespaceFiles.put(NAMESPACE, "f", "old");
    expect((await upload("ERROR")).message).toContain("The file f exists");
    expect((await upload("SKIP")).outputs).toEqual({ files: {} });
    expect(await text(await world.services.namespaceFiles.read(NAMESPACE, "f"))).toBe("old");
    await upload("OVERWRITE");
    expect(await text(await world.services.namespaceFiles.read(NAMESPACE, "f"))).toBe("new");
  });
});

test("DownloadFiles stores copies under their paths", async () => {
  await using world = createTestWorld();
  for (const path of ["q/a.sql", "q/b.sql", "c.txt"]) await world.services.namespaceFiles.put(NAMESPACE, path, path);
  const { outputs } = await world.run(downloadFiles, { files: "/q/*.sql", destination: "to" });
  const files = outputs?.["files"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["/q/a.sql", "/q/b.sql"]);
  expect(await world.files.text(files["/q/b.sql"]!)).toBe("q/b.sql");
});

test("DeleteFiles deletes by glob and counts in a metric", async () => {
  await using world = createTestWorld();
  for (const path of ["tmp/a", "tmp/b/c", "keep"]) await world.services.namespaceFiles.put(NAMESPACE, path, path);
  await world.run(deleteFiles, { files: ["/tmp/**"] });
  expect(await world.services.namespaceFiles.list(NAMESPACE)).toEqual(["keep"]);
  expect(world.metrics).toEqual([{ name: "deleted", type: "counter", value: 2 }]);
});

describe("PurgeFiles", () => {
  test("has nothing to do where only current versions are stored", async () => {
    await using world = createTestWorld();
    expect((await world.run(purgeFiles, {})).outputs).toEqual({ size: 0 });
    expect(world.logs).toHaveLength(1);
  });

  test("keeps one version by default, in the namespace and its children", async () => {
    await using world = createTestWorld();
    const calls: unknown[] = [];
    await world.services.namespaceFiles.put("company.team.child", "f", "");
    Object.assign(world.services.namespaceFiles, {
      purgeVersions: async (...call) => calls.push(call),
    } satisfies Partial<NamespaceFileService>);
    await world.run(purgeFiles, { filePattern: "/a/*", namespaces: [NAMESPACE] });
    expect(calls).toEqual([
      ["company.team", { globs: ["a/*"], keepAmount: 1 }],
      ["company.team.child", { globs: ["a/*"], keepAmount: 1 }],
    ]);
  });
});
