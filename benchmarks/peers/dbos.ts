import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { onPostgres } from "../measure/on-postgres.ts";
import type { PeerFolder } from "./peer-process.ts";

export const DBOS_PACKAGE = "@dbos-inc/dbos-sdk@5.3.0";

/** Starts workflows of three steps that do nothing, so many at once, from within the process that runs them; prints how many a second. */
const PROGRAM = `
import { DBOS } from "@dbos-inc/dbos-sdk";

const { DATABASE, SECONDS, CONCURRENCY } = process.env;
DBOS.setConfig({ name: "peer", systemDatabaseUrl: DATABASE, logLevel: "error", runAdminServer: false });
const three = DBOS.registerWorkflow(
  async (number) => {
    for (let step = 0; step < 3; step += 1) await DBOS.runStep(async () => step, { name: "step" + step });
    return number;
  },
  { name: "three" },
);
await DBOS.launch();

async function rate(seconds) {
  const start = performance.now();
  let count = 0;
  const caller = async () => {
    for (; performance.now() - start < seconds * 1000; count += 1) await three(count);
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, caller));
  return count / ((performance.now() - start) / 1000);
}

await rate(3);
console.log(JSON.stringify({ perSecond: await rate(Number(SECONDS)) }));
await DBOS.shutdown();
process.exit();
`;

/** Workflows a second of DBOS on a fresh PostgreSQL. */
export async function dbosPerSecond(
  peers: PeerFolder,
  { seconds, concurrency }: { readonly seconds: number; readonly concurrency: number },
): Promise<number> {
  const path = await peers.program("dbos.js", PROGRAM);
  return onPostgres(async (database) => {
    const env = { ...process.env, DATABASE: database, SECONDS: String(seconds), CONCURRENCY: String(concurrency) };
    const { stdout } = await promisify(execFile)(process.execPath, [path], { cwd: peers.folder, env });
    return (JSON.parse(stdout.trim().split("\n").at(-1)!) as { readonly perSecond: number }).perSecond;
  });
}
