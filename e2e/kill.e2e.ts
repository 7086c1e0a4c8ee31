import { readdir, readFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callWebhook, type Execution, executionsOf, startFlow } from "./executions.ts";
import { endedExecutions, everySecond, firedDates, parentsOf, playedTwice, unsuccessful } from "./outcomes.ts";
import { isAlive, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { tickFlow } from "./tick-flow.ts";

const NAMESPACE = "e2e";
const ROUNDS = 4;
/** Takes twenty seconds on an idle machine. */
const TIMEOUT_MS = 300_000;
const REQUESTS_PER_ROUND = 40;
const KILL_AT_REQUEST = 15;
const KILL_AT_COMMAND = 8;

/** Each task writes a line to a file of its own, so that it shows how often it ran; each command tells its pid. */
const flowsFor = (marks: string) => ({
  scripts: `
id: scripts
namespace: ${NAMESPACE}
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2, 3]
    concurrencyLimit: 0
    tasks:
      - id: command
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner: { type: io.kestra.plugin.core.runner.Process }
        commands:
          - echo $$ >> "${marks}/{{ execution.id }}-{{ taskrun.value }}"
          - sleep 0.4
          - echo '::{"outputs":{"value":"{{ taskrun.value }}"}}::'
  - id: after
    type: io.kestra.plugin.core.debug.Return
    format: done
`,
  stubborn: `
id: stubborn
namespace: ${NAMESPACE}
tasks:
  - id: command
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    commands:
      - echo $$ >> "${marks}/{{ execution.id }}"
      - trap '' TERM
      - sleep 0.6 & echo $! >> "${marks}/{{ execution.id }}-child"
      - wait
`,
  sleeper: `
id: sleeper
namespace: ${NAMESPACE}
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT1S
  - id: pause
    type: io.kestra.plugin.core.flow.Pause
    pauseDuration: PT1S
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: awake
`,
  parent: `
id: parent
namespace: ${NAMESPACE}
tasks:
  - id: child
    type: io.kestra.plugin.core.flow.Subflow
    namespace: ${NAMESPACE}
    flowId: sleeper
    wait: true
    transmitFailed: true
`,
  tick: tickFlow(NAMESPACE),
  follower: `
id: follower
namespace: ${NAMESPACE}
triggers:
  - id: after-hook
    type: io.kestra.plugin.core.trigger.Flow
    states: [SUCCESS]
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionFlow
        namespace: ${NAMESPACE}
        flowId: hook
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.executionId }}"
`,
  hook: `
id: hook
namespace: ${NAMESPACE}
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: the-key
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.parameters.number }}"
`,
});

/** A load in which each request is of another kind; answers what was acknowledged. */
function sendLoad(api: string, round: number, onAcknowledged: (execution: Execution) => void): Promise<unknown> {
  const kinds = ["scripts", "sleeper", "parent", "stubborn"];
  return Promise.all(
    Array.from({ length: REQUESTS_PER_ROUND }, async (_, index) => {
      const kind = kinds[index % (kinds.length + 1)];
      const number = round * REQUESTS_PER_ROUND + index;
      const execution = await (kind === undefined
        ? callWebhook(api, `${NAMESPACE}/hook/the-key?number=${number}`)
        : startFlow(api, NAMESPACE, kind));
      if (execution !== undefined) onAcknowledged(execution);
    }),
  );
}

async function commandsRunAgain(marks: string): Promise<number> {
  const texts = await Promise.all((await readdir(marks)).map((name) => readFile(join(marks, name), "utf8")));
  return texts.filter((text) => text.trim().includes("\n")).length;
}

async function someAlive(pids: readonly number[], folder: string): Promise<boolean> {
  const alive = await Promise.all(pids.map((pid) => isAlive(pid, folder)));
  return alive.includes(true);
}

async function pidsIn(marks: string): Promise<readonly number[]> {
  const texts = await Promise.all((await readdir(marks)).map((name) => readFile(join(marks, name), "utf8")));
  return texts.flatMap((text) => text.trim().split("\n").filter(Boolean).map(Number));
}

function numberOf({ trigger }: Execution): number {
  const parameters = (trigger?.variables["parameters"] ?? {}) as Readonly<Record<string, readonly string[]>>;
  return Number(parameters["number"]?.[0]);
}

test(
  "a server that is killed again and again under load loses nothing and doubles nothing",
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = await temporaryFolder();
    const marks = join(folder, "marks");
    await mkdir(marks);
    const flows = await writeFlows(join(folder, "flows"), flowsFor(marks));
    const data = join(folder, "data");
    const taken: Execution[] = [];

    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await startServer({ data, flows, folder });
      const midway = Promise.withResolvers<void>();
      let count = 0;
      const load = sendLoad(server.url, round, (execution) => {
        taken.push(execution);
        count += 1;
        if (count === KILL_AT_REQUEST) midway.resolve();
      });
      // In turns: while requests come in, and while commands run.
      const before = (await pidsIn(marks)).length;
      const running = async () => ((await pidsIn(marks)).length > before + KILL_AT_COMMAND ? true : undefined);
      const unanswered = new Promise<never>((_, reject) => void load.catch(reject));
      await Promise.race([unanswered, round % 2 === 0 ? midway.promise : until("commands run", running)]);
      await server.kill();
      await load;
      // What the dead server had started is ended by its helper, whatever it makes of being told to.
      const pids = await pidsIn(marks);
      await until("what the dead server started is gone", async () =>
        (await someAlive(pids, folder)) ? undefined : true,
      );
    }

    const server = await startServer({ data, flows, folder });
    const { url } = server;
    const ended = await endedExecutions(
      url,
      taken.map(({ id }) => id),
    );
    expect(unsuccessful(ended)).toEqual([]);
    expect(ended.flatMap(playedTwice)).toEqual([]);

    expect(await commandsRunAgain(marks), "no command was interrupted").toBeGreaterThan(0);

    const hooks = await executionsOf(url, NAMESPACE, "hook");
    const numbers = hooks.map(numberOf);
    expect(new Set(numbers).size).toBe(numbers.length);
    const takenHooks = ended.filter(({ flowId }) => flowId === "hook").map(numberOf);
    expect(takenHooks.filter((number) => !numbers.includes(number))).toEqual([]);

    const followed = await until("each hook is followed", async () => {
      const found = await executionsOf(url, NAMESPACE, "follower");
      return found.length >= hooks.length ? found : undefined;
    });
    expect(parentsOf(followed)).toEqual(hooks.map(({ id }) => id).toSorted());

    const parents = await executionsOf(url, NAMESPACE, "parent");
    const sleepers = await executionsOf(url, NAMESPACE, "sleeper");
    expect(parentsOf(sleepers)).toEqual(parents.map(({ id }) => id).toSorted());

    const dates = firedDates(await executionsOf(url, NAMESPACE, "tick"));
    expect(dates).toEqual(everySecond(dates));
  },
);
