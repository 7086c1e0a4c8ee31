import { setTimeout as delay } from "node:timers/promises";
import type { Runtime } from "@capstan/runtime";
import { createServer } from "@capstan/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installedCatalogue } from "../catalogue.ts";
import { type Alerting, startAlerting } from "../testing/alerting.ts";
import { blocksOf } from "../testing/doc-blocks.ts";
import { startRuntime } from "../testing/start-runtime.ts";

const PAGE = "docs/guides/how-to/react-to-metrics-and-logs.md";
const KNOWN_MS_MAX = 30_000;
/** As often as Alertmanager can: the page leaves that to its defaults, which wait for minutes. */
const AT_ONCE = "route:\n  group_wait: 0s\n  group_interval: 1s";

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

const blocks = await blocksOf(PAGE);
const stack = new AsyncDisposableStack();
let runtime: Runtime;
let alerting: Alerting;

function blockWith(text: string): string {
  return blocks.find((block) => block.text.includes(text))!.text;
}

beforeAll(async () => {
  const started = await startRuntime({ environment: {} });
  ({ runtime } = started);
  stack.defer(started.stop);
  for (const id of ["alert", "alerts"]) await runtime.flows.save("main", blockWith(`id: ${id}\n`));
  const server = createServer(runtime, { host: "127.0.0.1", port: 0, catalogue: installedCatalogue() });
  stack.defer(() => server.close());
  const { url } = await server.listen();
  const configuration = blockWith("# alertmanager.yml")
    .replace("http://capstan.example.com:8080", url)
    .replace("route:", AT_ONCE);
  alerting = stack.use(await startAlerting(configuration));
}, 60_000);

afterAll(() => stack.disposeAsync());

/**
 * What the executions of the flow `alert` were told, once `expected` is among it. Each once: Alertmanager tells an alert again together
 * with another of its group that came a moment later.
 */
async function toldOnce(expected: readonly string[]): Promise<ReadonlySet<string>> {
  const filter = { tenant: "main", namespace: "company.team", flowId: "alert" };
  let told = new Set<string>();
  for (const deadline = Date.now() + KNOWN_MS_MAX; Date.now() < deadline; await delay(50)) {
    const { rows } = await runtime.executions.search(filter, { offset: 0, limit: 100 });
    const ended = rows
      .filter(({ state }) => state === "SUCCESS")
      .map(({ inputs }) => inputs["alert"] as unknown as Alert);
    told = new Set(ended.map(({ status, labels }) => `${labels["alertname"]} of ${labels["service"]}: ${status}`));
    if (expected.every((text) => told.has(text))) break;
  }
  return told;
}

test("each alert of a real Prometheus is an execution, and so is its end", async () => {
  alerting.setErrors({ checkout: 3, search: 1, cart: 0 });
  const firing = ["Errors of checkout: firing", "Errors of search: firing"];
  expect(await toldOnce(firing)).toEqual(new Set(firing));
  alerting.setErrors({ checkout: 0, search: 0, cart: 0 });
  const resolved = ["Errors of checkout: resolved", "Errors of search: resolved"];
  expect(await toldOnce(resolved)).toEqual(new Set([...firing, ...resolved]));
});
