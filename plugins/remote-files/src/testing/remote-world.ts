import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { ExecutionFiles, JsonMap, JsonValue, TaskDefinition, TriggerDefinition } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions } from "@capstan/sdk/test-kit";
import { type TestWorld, matchingRenderer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import plugin from "../index.ts";
import type { RemoteServer } from "./remote-server.ts";

/** A folder of its own at a server for one test, a world for tasks that use it, and a look past them. */
export interface RemoteWorld {
  readonly world: TestWorld;
  /** Its path, as tasks write it. */
  readonly place: string;
  /** Runs `io.kestra.plugin.fs.<protocol>.<name>` with the server's connection. */
  readonly run: (name: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** Asks the trigger about the folder, with a position as it would come from the store. */
  readonly ask: (properties: JsonMap, position?: JsonValue, files?: ExecutionFiles) => Promise<Finding>;
  /** Writes a file past the tasks, with a time of its own where `seconds` are given. */
  readonly write: (name: string, content?: string | Uint8Array, seconds?: number) => void;
  readonly read: (name: string) => string;
  /** All files, as they lie below the folder. */
  readonly names: () => readonly string[];
  /** Where the folder is on this machine. */
  readonly at: (name: string) => string;
}

/** What a trigger answered. */
export type Finding = { readonly files?: readonly Found[]; readonly position?: JsonValue } | undefined;
export type Found = Readonly<Record<"path" | "serverPath" | "name" | "changeType", string>>;

let worlds = 0;

export function createRemoteWorld(server: RemoteServer, options: TestOptions = {}): RemoteWorld {
  worlds += 1;
  const place = `/world-${worlds}`;
  const folder = join(server.folder, place);
  mkdirSync(folder);
  const world = createTestWorld({ renderer: matchingRenderer(options.variables ?? {}), ...options });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const at = (name: string) => join(folder, name);
  return {
    world,
    place,
    at,
    run: (name, properties) =>
      world.run(definition(server, name) as TaskDefinition, { ...server.connection, ...properties }),
    async ask(properties, position, files = world.files) {
      const trigger = definition(server, "Trigger") as TriggerDefinition;
      const all = { ...server.connection, from: place, action: "NONE", ...properties };
      const where = { ...world.identity, triggerId: "trigger", position, files };
      const found = await trigger.poll?.({ ...world.context<never>(trigger, all), ...where });
      if (found === undefined) return undefined;
      return JSON.parse(JSON.stringify({ ...found.variables, position: found.position })) as Finding;
    },
    write(name, content = name, seconds) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      if (seconds !== undefined) utimesSync(at(name), seconds, seconds);
    },
    read: (name) => readFileSync(at(name), "utf8"),
    names: () =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => statSync(at(name)).isFile())
        .map((name) => relative(folder, at(name)))
        .toSorted(),
  };
}

function definition({ prefix }: RemoteServer, name: string) {
  const type = `io.kestra.plugin.fs.${prefix}.${name}`;
  const found = plugin.definitions.find((one) => one.type === type);
  if (found === undefined) throw new Error(`There is no type ${type}`);
  return found;
}
