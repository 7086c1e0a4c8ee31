import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Execution, executionsOf, startFlow } from "./executions.ts";
import { endedExecutions, everySecond, firedDates, parentsOf, playedTwice, unsuccessful } from "./outcomes.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { tickFlow } from "./tick-flow.ts";

const NAMESPACE = "e2e";
const ROUNDS = 4;
/** Takes ten seconds on an idle machine. */
const TIMEOUT_MS = 300_000;
/** How long a server lives at most once it takes work, in milliseconds. */
const LIFE_MS_MAX = 1_200;
/** Executions that are started in each life, of each flow. */
const STARTS = 2;
const ATTEMPTS_NEEDED = 3;

const CALL = `namespace: ${NAMESPACE}\n    flowId: waits\n    wait: true\n    transmitFailed: true`;

const flowsFor = (marks: string) => ({
  each: `
id: each
namespace: ${NAMESPACE}
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2, 3, 4, 5, 6, 7, 8]
    concurrencyLimit: 2
    tasks:
      - id: slow
        type: io.kestra.plugin.core.flow.Sleep
        duration: PT0.1S
      - id: quick
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
`,
  worlds: `
id: worlds
namespace: ${NAMESPACE}
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.Loop
    values: [a, b, c]
    concurrencyLimit: 1
    tasks:
      - id: slow
        type: io.kestra.plugin.core.flow.Sleep
        duration: PT0.1S
  - id: rounds
    type: io.kestra.plugin.core.flow.LoopUntil
    condition: "{{ outputs.rounds.iterationCount >= 3 }}"
    checkFrequency: { interval: PT0.2S, maxIterations: 5 }
    tasks:
      - id: round
        type: io.kestra.plugin.core.debug.Return
        format: "{{ outputs.rounds.iterationCount }}"
`,
  waits: `
id: waits
namespace: ${NAMESPACE}
tasks:
  - id: pause
    type: io.kestra.plugin.core.flow.Pause
    pauseDuration: PT0.4S
  - id: done
    type: io.kestra.plugin.core.log.Log
    message: awake
`,
  calls: `
id: calls
namespace: ${NAMESPACE}
tasks:
  - id: first
    type: io.kestra.plugin.core.flow.Subflow
    ${CALL}
  - id: second
    type: io.kestra.plugin.core.flow.Subflow
    ${CALL}
`,
  tries: `
id: tries
namespace: ${NAMESPACE}
tasks:
  - id: command
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    retry: { type: constant, interval: PT0.2S, maxAttempts: 30 }
    commands:
      - echo tried >> "${marks}/{{ execution.id }}"
      - test $(wc -l < "${marks}/{{ execution.id }}") -ge ${ATTEMPTS_NEEDED}
`,
  tick: tickFlow(NAMESPACE),
});

/** Starts flows one after the other until the server is gone; answers those that were acknowledged. */
async function startUntilGone(api: string): Promise<readonly Execution[]> {
  const taken: Execution[] = [];
  for (const flowId of Array.from({ length: STARTS }, () => ["each", "worlds", "calls", "tries", "waits"]).flat()) {
    const execution = await startFlow(api, NAMESPACE, flowId);
    if (execution === undefined) break;
    taken.push(execution);
  }
  return taken;
}

test(
  "loops, subflows, pauses, retries and schedules survive a kill at any moment",
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = await temporaryFolder();
    const marks = join(folder, "marks");
    await mkdir(marks);
    const flows = await writeFlows(join(folder, "flows"), flowsFor(marks));
    const data = join(folder, "data");
    const lives = Array.from({ length: ROUNDS }, () => Math.round(Math.random() * LIFE_MS_MAX));
    const taken: Execution[] = [];
    for (const life of lives) {
      const server = await startServer({ data, flows, folder });
      const starting = startUntilGone(server.url);
      await sleep(life);
      await server.kill();
      taken.push(...(await starting));
    }

    const { url } = await startServer({ data, flows, folder });
    const lasted = `servers that lived for ${lives.join(", ")} ms`;
    const ended = await endedExecutions(
      url,
      taken.map(({ id }) => id),
    );
    expect(unsuccessful(ended), lasted).toEqual([]);
    expect(ended.flatMap(playedTwice), lasted).toEqual([]);
    for (const { flowId, id, taskRunList = [] } of ended) {
      const count = (taskId: string) => taskRunList.filter((run) => run.taskId === taskId).length;
      if (flowId === "each") expect([count("slow"), count("quick")], `${lasted}: ${id}`).toEqual([8, 8]);
      if (flowId === "worlds") expect([count("slow"), count("round")], `${lasted}: ${id}`).toEqual([3, 1]);
    }

    const callers = await endedExecutions(
      url,
      (await executionsOf(url, NAMESPACE, "calls")).map(({ id }) => id),
    );
    const children = await executionsOf(url, NAMESPACE, "waits");
    expect(parentsOf(children), lasted).toEqual(callers.flatMap(({ id }) => [id, id]).toSorted());

    const dates = await until("schedules fire again", async () => {
      const found = firedDates(await executionsOf(url, NAMESPACE, "tick"));
      return found.length > lives.length ? found : undefined;
    });
    expect(dates, lasted).toEqual(everySecond(dates));
  },
);
