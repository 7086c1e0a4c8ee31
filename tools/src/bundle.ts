/**
 * Bundles the command into `packages/cli/dist`, so that it starts in a fraction of the time that six hundred modules take. All
 * files of the bundle lie in one folder: programs that threads and processes are started with are found beside the code that
 * starts them, as in the sources.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown, type Plugin } from "rolldown";

const ROOT = join(import.meta.dirname, "../..");

const OUT = join(ROOT, "packages/cli/dist");
const SQLITE = join(ROOT, "packages/store/src/stores/sqlite");

/** Modules that are imported by name at run time: by worker threads, for what they are told to load. */
const BY_NAME: Readonly<Record<string, string>> = {
  "@capstan/plugin-core": "plugins/core/src/index.ts",
  "@capstan/plugin-scripts": "plugins/scripts/src/index.ts",
  "@capstan/storage": "packages/storage/src/index.ts",
};

/** Everything that is started by itself. */
const ENTRIES: Readonly<Record<string, string>> = {
  main: "packages/cli/src/main.ts",
  writer: "packages/store/src/stores/sqlite/writer.ts",
  reader: "packages/store/src/stores/sqlite/reader.ts",
  thread: "packages/runtime/src/worker/threads/thread.ts",
  "node-helper": "packages/runtime/src/runners/process/node-helper.ts",
};

const resolveByName: Plugin = {
  name: "resolve-by-name",
  transform: {
    filter: { code: "import.meta.resolve(" },
    handler: (code) =>
      code.replaceAll(/import\.meta\.resolve\("([^"]+)"\)/g, (written, name: string) =>
        name in BY_NAME ? `new URL(${JSON.stringify(`./${fileOf(name)}.cjs`)}, import.meta.url).href` : written,
      ),
  },
};

/**
 * Node's own modules are loaded by the first who uses them: a server that runs no process, hashes nothing and unpacks nothing loads
 * none of `child_process`, `crypto` and `zlib`, which take longer than most of our code.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  renderChunk: (code) =>
    Array.from(code.matchAll(/^let (node_\w+) = (require\("node:[\w/]+"\));$/gm)).reduce(
      (text, [declaration, name = "", load = ""]) => {
        // What a default import gets is the module itself.
        const plain = text
          .replace(new RegExp(String.raw`^${name} = require_rolldown_runtime\.\w+\(${name}, 1\);$`, "m"), "")
          .replaceAll(`${name}.default`, name);
        const [, , ...uses] = plain.split(new RegExp(String.raw`\b${name}\b`));
        if (!uses.every((rest) => rest.startsWith("."))) return text;
        const loaded = `let ${name}_loaded; const ${name} = () => (${name}_loaded ??= ${load});`;
        return plain.replaceAll(`${name}.`, `(${name}()).`).replace(declaration, () => loaded);
      },
      code,
    ),
};

const named = Object.entries(BY_NAME).map(([name, path]) => [fileOf(name), path]);
// As CommonJS: an `import` of one of Node's own modules reads every export it has, also those that Node loads when they are asked for.
// `import "node:http"` brings in the whole of `fetch` with it; `require` doesn't.
const bundle = await rolldown({
  cwd: ROOT,
  input: { ...ENTRIES, ...Object.fromEntries(named) },
  platform: "node",
  plugins: [resolveByName, lazyBuiltins],
});
rmSync(OUT, { recursive: true, force: true });
await bundle.write({
  dir: OUT,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "chunk-[name]-[hash].cjs",
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
cpSync(join(SQLITE, "migrations"), join(OUT, "migrations"), { recursive: true });

/** `@capstan/plugin-core` → `plugin-core`. */
function fileOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
