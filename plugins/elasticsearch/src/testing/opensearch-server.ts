import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { mavenJars, startProgram } from "@capstan/sdk/test-kit";

/** A real server of OpenSearch. */
export interface OpensearchServer extends AsyncDisposable {
  readonly url: string;
  /** The property that connects to it. */
  readonly connection: JsonMap;
  /** Asks it without the plugin. */
  ask(path: string, method?: string, body?: unknown): Promise<unknown>;
}

/** As in the `pom.xml`. */
const VERSION = "2.19.1";
const SOURCES = join(import.meta.dirname, "opensearch");
/** It is compiled first, then opens a store. */
const START_MS_MAX = 180_000;
const INSTALL = "apt-get install maven default-jdk, and a registry of Maven";

export async function startOpensearch(): Promise<OpensearchServer> {
  const jars = await mavenJars(`opensearch-${VERSION}`, join(SOURCES, "pom.xml"));
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
    startMsMax: START_MS_MAX,
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
