import { TaskFailure } from "@capstan/sdk";
import { expect, test } from "vitest";
import { failureOf, isAlreadyThere, isNotThere, reasonOf, type WorkflowFailure } from "./failure.ts";

const grpcError = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details });

test.each([
  [
    4,
    "Deadline exceeded after 29.989s,LB pick: 0.001s,remote_addr=127.0.0.1:1",
    "there was no answer within 30 seconds. See whether the server is well, and whether a worker runs where one is needed.",
  ],
  [
    14,
    "No connection established. Last error: 40A3:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../x.c:918:SSL alert\n",
    "No connection established. Last error: tlsv13 alert certificate required. Check `endpoint` and `tls`, and whether the server runs.",
  ],
  [13, "it broke.  Resolution note: ", "it broke."],
  [3, "", "3: ."],
])("of an error %d it is told what happened, and what to do", (code, details, expected) => {
  const failure = failureOf(grpcError(code, details), "The signal", "host:7233");
  expect(failure).toBeInstanceOf(TaskFailure);
  expect((failure as TaskFailure).message).toBe(`The signal failed at Temporal (host:7233): ${expected}`);
});

test("what is no answer of the server stays what it is", () => {
  const error = new TypeError("a mistake");
  expect(failureOf(error, "The signal", "host:7233")).toBe(error);
});

test.each([
  [6, true, false],
  [5, false, true],
  [14, false, false],
])("an error %d tells whether there is something of that id", (code, isThere, isMissing) => {
  const failure = failureOf(grpcError(code, "x"), "The start", "host:7233");
  expect([isAlreadyThere(failure), isNotThere(failure)]).toEqual([isThere, isMissing]);
});

test.each<[WorkflowFailure | undefined, string]>([
  [undefined, ""],
  [{ message: "out of stock" }, "out of stock"],
  [{ message: "out of stock", applicationFailureInfo: { type: "NoStock" } }, "out of stock (NoStock)"],
  [
    {
      message: "Child Workflow execution failed",
      childWorkflowExecutionFailureInfo: { workflowType: { name: "Ship" } },
      cause: {
        message: "activity error",
        activityFailureInfo: { activityType: { name: "Pack" } },
        cause: { message: "no box", applicationFailureInfo: { type: "" } },
      },
    },
    "the child workflow Ship failed: the activity Pack failed: no box",
  ],
])("the reason of %j", (failure, expected) => {
  expect(reasonOf(failure)).toBe(expected);
});
