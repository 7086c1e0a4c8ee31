import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { JsonMap, JsonValue, TaskDefinition } from "@capstan/sdk";
import {
  createTestWorld,
  matchingRenderer,
  type TaskOutcome,
  type TestOptions,
  type TestWorld,
} from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import plugin from "../index.ts";
import { trigger } from "../local/trigger.ts";

/** Folders of one test: `work` may be changed by tasks, `reference` only read, and `secret` is nothing of theirs. */
export interface LocalWorld {
  readonly world: TestWorld;
  /** The absolute path of a name below the folders. */
  readonly at: (name: string) => string;
  /** Writes a file past the tasks, long ago unless the time in seconds since 1970 is given. */
  readonly write: (name: string, content?: string, seconds?: number) => void;
  readonly read: (name: string) => string;
  /** All files below a folder. */
  readonly names: (folder?: string) => readonly string[];
  /** Runs `io.kestra.plugin.fs.local.<name>`. */
  readonly run: (name: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** Asks the trigger about `work`, with a position as it would come from the store. */
  readonly ask: (properties: JsonMap, position?: JsonValue) => Promise<Finding>;
}

export interface Finding {
  readonly files: readonly { readonly uri: string; readonly name: string; readonly changeType: string }[];
  readonly count: number;
  readonly position: JsonValue | undefined;
}

/** Seconds since 1970 of files that nobody writes any more. */
export const EARLY = 1_700_000_000;

export function createLocalWorld(options: TestOptions = {}): LocalWorld {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "capstan-local-")));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  for (const name of ["work", "reference", "secret"]) mkdirSync(at(name));
  const localFolders = { readable: [at("reference")], writable: [at("work")] };
  const world = createTestWorld({ renderer: matchingRenderer({}), localFolders, ...options });
  onTestFinished(() => world[Symbol.asyncDispose]());
  return {
    world,
    at,
    write(name, content = name, seconds = EARLY) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      utimesSync(at(name), seconds, seconds);
    },
    read: (name) => readFileSync(at(name), "utf8"),
    names: (below = "work") =>
      readdirSync(at(below), { recursive: true, encoding: "utf8" })
        .filter((name) => statSync(join(at(below), name), { throwIfNoEntry: false })?.isFile() === true)
        .map((name) => relative(at(below), join(at(below), name)))
        .toSorted(),
    run(name, properties) {
      const found = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.fs.local.${name}`);
      if (found === undefined) throw new Error(`There is no type ${name}`);
      return world.run(found as TaskDefinition, properties);
    },
    async ask(properties, position) {
      const all = { from: at("work"), ...properties };
      const found = await trigger.poll!({ ...world.context<never>(trigger, all), ...place(position) });
      const { files = [], count = 0 } = (found?.variables ?? {}) as Partial<Finding>;
      return JSON.parse(JSON.stringify({ files, count, position: found?.position ?? position })) as Finding;
    },
  };
}

function place(position: JsonValue | undefined) {
  return { tenant: "main", namespace: "company", flowId: "flow", triggerId: "trigger", position };
}
