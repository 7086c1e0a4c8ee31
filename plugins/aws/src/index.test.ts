import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import plugin from "./index.ts";

test("the manifest loads no library of AWS", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => (console.log(name), next(name, context)) });
    const { default: plugin } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    for (const { properties, outputs } of plugin.definitions) void [properties, outputs];
  `;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const names = loaded.split("\n");
  expect(names).toContain("@capstan/sdk");
  expect(names.filter((name) => name.includes("@aws-sdk") || name.includes("@smithy"))).toEqual([]);
});

test("each type of S3 is one of MinIO as well", () => {
  const names = (prefix: string) =>
    plugin.definitions.flatMap(({ type }) => (type.startsWith(prefix) ? [type.slice(prefix.length)] : []));
  expect(names("io.kestra.plugin.minio.")).toEqual(names("io.kestra.plugin.aws.s3."));
});
