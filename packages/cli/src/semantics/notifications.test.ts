import { startServer } from "@capstan/sdk/test-kit";
import { afterAll, expect, test } from "vitest";
import { flowWorld } from "../testing/flow-world.ts";

const NAMESPACE = "io.kestra.tests";
const service = await startServer((_request, response) => response.end("ok"));
afterAll(() => service[Symbol.asyncDispose]());

/** A task that tells the service, at a path of its own. */
const tell = (path: string, more = "") =>
  `{ id: tell, type: io.kestra.plugin.slack.notifications.SlackExecution, url: "${service.url}/${path}"${more} }`;

const world = flowWorld({}, () => [
  `id: nightly
namespace: ${NAMESPACE}
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [good, bad]
    tasks:
      - { id: check, type: io.kestra.plugin.core.execution.Fail, condition: "{{ taskrun.value == 'bad' }}" }
errors:
  - ${tell("own")}`,
  `id: watch
namespace: ${NAMESPACE}
tasks:
  - ${tell("other", ', executionId: "{{ trigger.executionId }}", customMessage: "{{ trigger.flowId }} needs **you**"')}
triggers:
  - id: ended
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - { type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: ${NAMESPACE}, flowId: nightly }`,
  `id: purged
namespace: ${NAMESPACE}
tasks:
  - ${tell("purged", ", executionId: gone")}`,
]);

interface Message {
  readonly text: string;
  readonly attachments: readonly [{ readonly color: string; readonly blocks: readonly Block[] }];
}
interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly url: string }[];
}

function messageAt(path: string): Message {
  const { body } = service.received.find(({ url }) => url === `/${path}`)!;
  return JSON.parse(body) as Message;
}

function factsOf({ attachments: [{ blocks }] }: Message): readonly (string | undefined)[] {
  const fields = blocks.flatMap((block) => block.fields ?? []).map(({ text }) => text.replace(/\*(.*)\*\n/, "$1: "));
  return fields.filter((field) => !/^(?:Started|Duration): /.test(field));
}

test("a flow tells of its own failure, and another one of its end", async () => {
  const { start, ended, executionsOf } = world();
  const id = await start("nightly");
  expect((await ended(id)).row.state).toBe("FAILED");
  const own = messageAt("own");
  expect(own).toMatchObject({ text: `${NAMESPACE}.nightly RUNNING`, attachments: [{ color: "danger" }] });
  expect(factsOf(own)).toEqual([`Execution: ${id}`, expect.stringMatching(/^Failed task: .*`check` \(value bad\)/)]);

  const [watch] = await executionsOf("watch", 1);
  expect(watch?.row.state).toBe("SUCCESS");
  const other = messageAt("other");
  const [{ blocks }] = other.attachments;
  expect(other).toMatchObject({ text: `${NAMESPACE}.nightly FAILED`, attachments: [{ color: "danger" }] });
  expect(factsOf(other)).toEqual([...factsOf(own), "Last task: tell"]);
  expect(blocks[0]?.text?.text).toBe("nightly needs *you*");
  expect(blocks.at(-1)?.elements?.[0]?.url).toBe(`https://flows.example/ui/main/executions/${NAMESPACE}/nightly/${id}`);
});

test("an execution that is not there fails the task, which says so", async () => {
  const { start, ended, logs } = world();
  const id = await start("purged");
  expect((await ended(id)).row.state).toBe("FAILED");
  expect((await logs(id)).join("\n")).toContain(
    "There is no execution gone. It may have been purged; or check `executionId`.",
  );
});
