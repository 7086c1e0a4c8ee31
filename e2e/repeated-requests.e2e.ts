import { join } from "node:path";
import { expect, test } from "vitest";
import { ask, type Execution, executionsOf } from "./executions.ts";
import { endedExecutions, unsuccessful } from "./outcomes.ts";
import { startServer, temporaryFolder, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const ROUNDS = 5;
const KEYS_PER_ROUND = 60;
const KILL_AFTER_PER_ROUND = 20;
/** Takes twenty seconds on an idle machine. */
const TIMEOUT_MS = 300_000;

const FLOW = `
id: once
namespace: ${NAMESPACE}
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: the-key
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: hi
`;

/** Half of the requests are calls of the webhook, the others start the flow with a form. */
async function send(api: string, key: string, isWebhook: boolean): Promise<Execution | undefined> {
  const url = isWebhook ? `${api}/executions/webhook/${NAMESPACE}/once/the-key` : `${api}/executions/${NAMESPACE}/once`;
  const body = isWebhook ? key : new FormData();
  try {
    const response = await ask(url, { method: "POST", body, headers: { "idempotency-key": key } });
    if (response.status === 409) return undefined;
    if (!response.ok) throw new Error(`${key}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Execution;
  } catch (error) {
    if (error instanceof TypeError) return undefined; // The server is gone.
    throw error;
  }
}

test(
  "requests that are sent again until they are answered start one execution each, wherever the server is killed",
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = await temporaryFolder();
    const flows = await writeFlows(join(folder, "flows"), { once: FLOW });
    const start = () => startServer({ data: join(folder, "data"), flows, folder });
    const answered = new Map<string, string>();
    const keys: string[] = [];
    /** Sends every request so far, those that were answered as well; tells when so many are. */
    const sendAll = (api: string, enough: number, hasEnough: () => void) => {
      let count = 0;
      const sent = keys.map(async (key, index) => {
        const execution = await send(api, key, index % 2 === 0);
        if (execution === undefined) return;
        // Whatever was answered once is answered for ever.
        expect(answered.get(key) ?? execution.id).toBe(execution.id);
        answered.set(key, execution.id);
        if (++count === enough) hasEnough();
      });
      return Promise.all(sent);
    };

    let unanswered = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await start();
      for (let index = 0; index < KEYS_PER_ROUND; index += 1) keys.push(`round-${round}-${index}`);
      const midway = Promise.withResolvers<void>();
      const load = sendAll(server.url, (round + 1) * KILL_AFTER_PER_ROUND, midway.resolve);
      await Promise.race([midway.promise, load]);
      await server.kill();
      await load;
      unanswered += keys.filter((key) => !answered.has(key)).length;
    }
    expect(unanswered, "the server was never killed in the middle").toBeGreaterThan(0);

    const { url } = await start();
    await sendAll(url, Infinity, () => undefined);
    expect([...answered.keys()].toSorted()).toEqual(keys.toSorted());
    const ids = [...answered.values()].toSorted();
    const executions = await executionsOf(url, NAMESPACE, "once");
    expect(executions.map(({ id }) => id).toSorted()).toEqual(ids);
    expect(unsuccessful(await endedExecutions(url, ids))).toEqual([]);
  },
);
