import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generateLoad } from "../measure/load.ts";
import { freePort } from "../measure/server-process.ts";
import { type PeerFolder, startPeer } from "./peer-process.ts";

export const RESTATE_PACKAGES = ["@restatedev/restate-server@1.7.12", "@restatedev/restate-sdk@1.17.2"];

/** A handler of three steps that do nothing. */
const PROGRAM = `
import * as restate from "@restatedev/restate-sdk";

const three = async (context, number) => {
  for (let step = 0; step < 3; step += 1) await context.run("step" + step, () => step);
  return number;
};
await restate.serve({ services: [restate.service({ name: "peer", handlers: { three } })], port: Number(process.env.PORT) });
`;
const START_MS_MAX = 30_000;

/** Invocations a second of Restate, over HTTP, on the log that it keeps itself. */
export async function restatePerSecond(
  peers: PeerFolder,
  { seconds, concurrency }: { readonly seconds: number; readonly concurrency: number },
): Promise<number> {
  const [port, ingress, admin, node] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const { folder } = peers;
  const path = await peers.program("restate.js", PROGRAM);
  await using _service = startPeer(process.execPath, [path], { folder, environment: { PORT: String(port) } });
  const environment = {
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    DO_NOT_TRACK: "1",
  };
  const words = ["--base-dir", join(folder, `restate-${node}`)];
  await using _server = startPeer(join(folder, "node_modules/.bin/restate-server"), words, { folder, environment });
  await answered(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${port}` });
  await answered(`http://127.0.0.1:${ingress}/peer/three`, 1);
  const load = { port: ingress, path: "/peer/three", body: "1", connections: concurrency };
  await generateLoad({ ...load, seconds: 3 });
  const { perSecond, failures } = await generateLoad({ ...load, seconds });
  if (failures > 0) throw new Error(`${failures} invocations failed.`);
  return perSecond;
}

/** Posts until it is answered well. */
async function answered(url: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  let last: unknown;
  for (const start = performance.now(); performance.now() - start < START_MS_MAX; await wait(50)) {
    try {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      last = await response.text();
      if (response.ok) return;
    } catch (error) {
      last = error; // Not listening yet.
    }
  }
  throw new Error(`${url} does not answer: ${String(last)}`);
}
