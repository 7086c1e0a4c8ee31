import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the manifest loads nothing heavy", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => (console.log(name), next(name, context)) });
    await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
  `;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }).split(
    "\n",
  );
  expect(loaded).toContain("@capstan/sdk");
  expect(loaded.filter((name) => /^(?:node:)?https?$|client\.ts$/.test(name))).toEqual([]);
});
