import type { HouseRule } from "./house-rules.ts";

/** A file of code in code marks: `executor/unit.ts`, `block.ts`, `packages/cli/bin/capstan.cjs`; `x.ts` stands for any. */
const NAMED_FILE = /`((?!x\.)[\w@./-]+\.(?:ts|js|cjs))`/g;
/** A folder of the repository in code marks: `packages/engine/src/flowables/`. */
const NAMED_FOLDER = /`((?:packages|plugins|tools|benchmarks|e2e|simulation|docs)\/[\w./-]*)`/g;
/** Pages about flows of users name files of theirs. */
const PAGES_FOR_USERS = /^(?:docs\/(?:guides|reference)|examples)\//;

/** Files move; a page that sends its reader to one that is not there any more costs more than it gives. */
export const namedPathsExist: HouseRule = (files) => {
  const paths = files.map(({ path }) => path);
  const isFile = (name: string) => paths.some((path) => path === name || path.endsWith(`/${name}`));
  const isFolder = (name: string) => paths.some((path) => path === name || path.startsWith(`${name}/`));
  return files
    .filter(({ path }) => path.endsWith(".md") && !PAGES_FOR_USERS.test(path) && path !== "CHANGELOG.md")
    .flatMap(({ path, text }) => {
      const missing = [
        ...namesIn(text, NAMED_FILE).filter((name) => !isFile(name.replace(/^\.\//, ""))),
        ...namesIn(text, NAMED_FOLDER).filter((name) => !/\.\w+$/.test(name) && !isFolder(name.replace(/\/$/, ""))),
      ];
      return missing.map((name) => `${path}: there is no ${name} — name the place where it is now`);
    });
};

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, name = ""]) => name);
}
