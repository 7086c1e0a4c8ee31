import type { TaskDefinition } from "@capstan/sdk";
import { startServer } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { definition } from "../testing/bucket-world.ts";
import { createServiceWorld, SECRET } from "../testing/service-world.ts";

/** How the API of Lambda answers an invocation. */
interface Answer {
  readonly body: string;
  readonly status?: number;
  /** What the function threw: `Unhandled`, as AWS calls it. */
  readonly error?: string;
  readonly log?: string;
}

const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:price";

/** A server that answers invocations as the API of Lambda documents it; the server of the other tests runs functions in containers. */
async function lambdaWorld({ body, status = 200, error, log }: Answer) {
  const lambda = await startServer((_request, response) => {
    response.statusCode = status;
    if (error !== undefined) response.setHeader("x-amz-function-error", error);
    if (log !== undefined) response.setHeader("x-amz-log-result", Buffer.from(log).toString("base64"));
    response.end(body);
  });
  onTestFinished(() => lambda[Symbol.asyncDispose]());
  const world = createServiceWorld({ endpoint: lambda.url });
  const { region: _, ...connection } = world.connection;
  return { ...world, asked: lambda.received, given: { ...connection, functionArn: ARN } };
}

test("the answer is a file, the end of the log is told, and the ARN says the region", async () => {
  const { world, asked, given } = await lambdaWorld({ body: '{"price":7}', log: "START\nlooking\n" });
  const properties = { ...given, functionPayload: { order: 1, lines: [{ id: "a" }] } };
  const { outputs, message } = await world.run(definition("lambda.Invoke") as TaskDefinition, properties);
  expect(message).toBeUndefined();
  expect(outputs).toMatchObject({ contentLength: 11, contentType: "application/json" });
  expect(await world.files.text(String(outputs?.["uri"]))).toBe('{"price":7}');
  expect(asked).toMatchObject([
    {
      url: `/2015-03-31/functions/${encodeURIComponent(ARN)}/invocations`,
      body: '{"order":1,"lines":[{"id":"a"}]}',
      headers: { authorization: expect.stringContaining("/eu-west-1/lambda/") as string },
    },
  ]);
  expect(world.logs.map(({ message: line }) => line)).toEqual([
    "START",
    "looking",
    expect.stringContaining("11 bytes"),
  ]);
});

test.each([
  [
    '{"errorMessage":"no such order.","errorType":"KeyError","stackTrace":[]}',
    "The function ARN failed: no such order (KeyError).",
  ],
  ['{"errorMessage":"Task timed out after 3.00 seconds"}', "failed: Task timed out after 3.00 seconds (Unhandled)."],
  ["no JSON", "failed: no JSON (Unhandled)."],
])("what a function throws fails the task: %s", async (body, message) => {
  const { run, given, asked } = await lambdaWorld({ body, error: "Unhandled" });
  const outcome = await run("lambda.Invoke", given);
  expect(outcome.message?.replace(ARN, "ARN")).toContain(message);
  expect(asked).toHaveLength(1);
});

test("a call whose answer is lost is not made again", async () => {
  const { run, given, asked } = await lambdaWorld({ body: "{}", status: 503 });
  const { message } = await run("lambda.Invoke", given);
  expect(message).toMatch(/^Calling the function arn:.* failed: .*HTTP 503/);
  expect(message).not.toContain(SECRET);
  expect(asked).toHaveLength(1);
});

test("a kill ends the waiting at once", async () => {
  const kill = new AbortController();
  const lambda = await startServer(() => kill.abort(new Error("killed")));
  onTestFinished(() => lambda[Symbol.asyncDispose]());
  const { run } = createServiceWorld({ endpoint: lambda.url }, { signal: kill.signal });
  expect((await run("lambda.Invoke", { functionArn: "price" })).state).toBe("FAILED");
});
