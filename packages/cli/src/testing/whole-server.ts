import { createServer } from "@capstan/server";
import { onTestFinished } from "vitest";
import { assemble } from "../assemble.ts";
import { loadConfiguration } from "../configuration.ts";
import { openDataStore } from "../data-store.ts";
import { temporaryFiles } from "./run-command.ts";

/** The whole of a server for one test, on a data folder of its own; it is asked by `inject`. */
export async function wholeServer(options: Pick<Parameters<typeof createServer>[1], "limits"> = {}) {
  const path = await temporaryFiles({});
  const { configuration } = loadConfiguration(undefined, { CAPSTAN_LOGGING_LEVEL: "silent" });
  const { runtime, catalogue } = assemble({ ...configuration, data: path("data") }, {}, openDataStore(path("data")));
  await runtime.start();
  const server = createServer(runtime, { host: "127.0.0.1", port: 0, catalogue, ...options });
  onTestFinished(async () => {
    await server.close();
    await runtime.stop();
  });
  return { runtime, server };
}
