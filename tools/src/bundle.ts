/**
 * Bundles the command into `packages/cli/dist`, so that it starts in a fraction of the time that six hundred modules take. All
 * files of the bundle lie in one folder: programs that threads and processes are started with are found beside the code that
 * starts them, as in the sources.
 */
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { rolldown, type Plugin } from "rolldown";

const ROOT = join(import.meta.dirname, "../..");

/** Elsewhere for who only wants to know whether it can be made. */
const OUT = process.argv[2] ?? join(ROOT, "packages/cli/dist");
const STORES = join(ROOT, "packages/store/src/stores");
/** Folders that are read at run time, beside the code that reads them. */
const FOLDERS = [join(STORES, "sqlite/migrations"), join(STORES, "postgres/postgres-migrations")];

/** What the bundle was made of, for `capstan.cjs`, which runs the sources when one of them is newer. */
const SOURCE_LIST = "sources.txt";

/** How long chunks of earlier bundles stay, in milliseconds. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Modules that are imported by name at run time: by worker threads for what they are told to load, and plugins when they are used. */
const BY_NAME: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    readdirSync(join(ROOT, "plugins")).map((name) => [`@capstan/plugin-${name}`, `plugins/${name}/src/index.ts`]),
  ),
  "@capstan/sdk": "packages/sdk/src/index.ts",
  "@capstan/sdk/http": "packages/sdk/src/http.ts",
  "@capstan/sdk/commands": "packages/sdk/src/commands.ts",
  "@capstan/sdk/objects": "packages/sdk/src/objects.ts",
  "@capstan/sdk/tar": "packages/sdk/src/tar.ts",
  zod: "node_modules/zod/index.js",
  "@capstan/storage": "packages/storage/src/index.ts",
  "@capstan/storage/s3": "packages/storage/src/s3.ts",
  "@capstan/storage/http": "packages/storage/src/http.ts",
};

/** Everything that is started by itself. */
const ENTRIES: Readonly<Record<string, string>> = {
  main: "packages/cli/src/main.ts",
  writer: "packages/store/src/stores/sqlite/writer.ts",
  reader: "packages/store/src/stores/sqlite/reader.ts",
  thread: "packages/runtime/src/worker/threads/thread.ts",
  "node-helper": "packages/runtime/src/runners/process/node-helper.ts",
};

/**
 * What holds programs of the machine or of WebAssembly, which packages look for beside themselves; `ssh2` does without its own where they were
 * not built. And `openpgp`, whose licence (LGPL) lets whoever runs it put another version in its place, and
 * `hdb`, which calls `Buffer()`: Node warns of that outside of `node_modules`.
 */
const APART = [/^@duckdb\//, /^@platformatic\/wasm-utils$/, /^cpu-features$/, /\.node$/, /^openpgp$/, /^hdb$/];

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
 * What a chunk requires, of Node's modules and of other chunks, is loaded by the first who uses it. A server that runs no process,
 * hashes nothing and reads no YAML loads none of `child_process`, `crypto` and the parser, which take longer than most of our code. That
 * is allowed because no module of ours does anything but define (`sideEffects: false`).
 */
const lazyRequires: Plugin = {
  name: "lazy-requires",
  renderChunk: (code) => withLazyLibraries(withLazyChunks(code)),
};

function withLazyChunks(code: string): string {
  return Array.from(code.matchAll(/^(?:let|const) ([\w$]+) = (require\("(?:node:|\.\/)[^"]+"\));$/gm)).reduce(
    (text, [declaration, name = "", load = ""]) => {
      const word = String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`;
      // What a default import of one of Node's modules gets is the module itself.
      const plain = text
        .replace(new RegExp(String.raw`^${word} = [^;]+\.\w+\)?\(${word}, 1\);$`, "m"), "")
        .replaceAll(new RegExp(String.raw`${word}\.default\b`, "g"), () => name);
      const [, , ...uses] = plain.split(new RegExp(word));
      if (!uses.every((rest) => rest.startsWith("."))) return text;
      const loaded = `let ${name}_loaded; const ${name} = () => (${name}_loaded ??= ${load});`;
      return plain
        .replaceAll(new RegExp(word + String.raw`\.`, "g"), () => `(${name}()).`)
        .replace(declaration, () => loaded);
    },
    code,
  );
}

/** A library in CommonJS whose exports are asked of its chunk is asked when they are used. */
function withLazyLibraries(code: string): string {
  return Array.from(code.matchAll(/^var (import_\w+) = (\(require_\w+\(\)\)\.\w+\(\));$/gm)).reduce(
    (text, [declaration, name = "", load = ""]) => {
      const word = String.raw`(?<![\w$])${name}(?![\w$])`;
      const [, , ...uses] = text.split(new RegExp(word));
      if (!uses.every((rest) => rest.startsWith("."))) return text;
      return text
        .replace(declaration, () => `const ${name}_exports = () => ${load};`)
        .replaceAll(new RegExp(word + String.raw`\.`, "g"), () => `(${name}_exports()).`);
    },
    code,
  );
}

/** What is loaded together. */
const CHUNKS = [
  { name: "zod", test: /node_modules\/zod\// },
  { name: "yaml", test: /node_modules\/yaml\// },
  { name: "expression", test: /packages\/expression\// },
  {
    name: "flow-checks",
    test: /packages\/model\/src\/(?:checks|document|expressions|schemas|check-flow|json-schema|decode-source)/,
  },
  { name: "plugins", test: /plugins\/(?:core|scripts)\// },
];

const named = Object.entries(BY_NAME).map(([name, path]) => [fileOf(name), path]);
// As CommonJS: an `import` of one of Node's own modules reads every export it has, also those that Node loads when they are asked for.
// `import "node:http"` brings in the whole of `fetch` with it; `require` doesn't.
const bundle = await rolldown({
  cwd: ROOT,
  input: { ...ENTRIES, ...Object.fromEntries(named) },
  platform: "node",
  // They stay where npm put them.
  external: APART,
  preserveEntrySignatures: "allow-extension",
  plugins: [resolveByName, lazyRequires],
});
const { output } = await bundle.write({
  dir: OUT,
  format: "cjs",
  exports: "named",
  // V8 keeps a text with one other character in it with two bytes for each.
  charset: "ascii",
  entryFileNames: "[name].cjs",
  chunkFileNames: "chunk-[name]-[hash].cjs",
  codeSplitting: { groups: CHUNKS, includeDependenciesRecursively: false },
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
for (const folder of FOLDERS) cpSync(folder, join(OUT, basename(folder)), { recursive: true });

writeFileSync(join(OUT, SOURCE_LIST), sourcesOf(output).join("\n"));
removeOldFiles(new Set([SOURCE_LIST, ...output.map(({ fileName }) => fileName)]));

/** Our own modules in the bundle, by their paths from the repository's root. */
function sourcesOf(files: typeof output): readonly string[] {
  const paths = files.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  return paths.map((path) => relative(ROOT, path)).filter((path) => /^(?:packages|plugins)\/[^/]+\/src\//.test(path));
}

/** A server that runs may still load chunks of the bundle that it was started from. */
function removeOldFiles(present: ReadonlySet<string>): void {
  for (const { name, parentPath } of readdirSync(OUT, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    const path = join(parentPath, name);
    if (!present.has(name) && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path);
  }
}

/** `@capstan/plugin-core` → `plugin-core`, `@capstan/storage/s3` → `storage-s3`. */
function fileOf(name: string): string {
  return name.slice(name.indexOf("/") + 1).replaceAll("/", "-");
}
