import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { startProgram } from "@capstan/sdk/test-kit";

/** A real server of OpenSearch. */
export interface OpensearchServer extends AsyncDisposable {
  readonly url: string;
  /** The property that connects to it. */
  readonly connection: JsonMap;
  /** Asks it without the plugin. */
  ask(path: string, method?: string, body?: unknown): Promise<unknown>;
}

const VERSION = "2.19.1";
const SOURCES = join(import.meta.dirname, "opensearch");
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");
const INSTALL = "apt-get install maven default-jdk, and a registry of Maven";

export async function startOpensearch(): Promise<OpensearchServer> {
  const jars = await fetchedJars();
  const server = await startProgram({
    command: "java",
    args: ({ port, folder }) => [
      ..."-Xmx400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=ERROR".split(" "),
      "-cp",
      join(jars, "*"),
      join(SOURCES, "Server.java"),
      String(port),
      folder,
    ],
    install: INSTALL,
    isReady: async ({ port }) => {
      const answer = await fetch(`http://127.0.0.1:${port}/_cluster/health`).catch(() => undefined);
      return answer?.ok === true;
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const ask = async (path: string, method = "GET", body?: unknown): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const content = body === undefined ? {} : { body: JSON.stringify(body), headers };
    return (await fetch(url + path, { method, ...content })).json();
  };
  return { url, connection: { hosts: [url] }, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Fetched once, aside, and moved into place: several tests may need them at the same time. */
async function fetchedJars(): Promise<string> {
  const jars = join(CACHE, `opensearch-${VERSION}`);
  if (existsSync(jars)) return jars;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${jars}-`);
  const goals = ["dependency:copy-dependencies", `-DoutputDirectory=${join(unfinished, "jars")}`];
  try {
    await promisify(execFile)("mvn", ["-q", "-B", "-f", join(SOURCES, "pom.xml"), ...goals]);
    await rename(join(unfinished, "jars"), jars).catch((error: unknown) => {
      if (!existsSync(jars)) throw error;
    });
    return jars;
  } catch (error) {
    throw new Error(`OpenSearch can't be fetched, which this test needs: ${INSTALL}`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
