import { expect, test } from "vitest";
import { FLOW, setup } from "../testing/setup.ts";

const FORM = { "content-type": "multipart/form-data; boundary=x" };

test.each(["state", "labels", "restart", "replay", "unqueue"])(
  "a form starts a flow that is called %s, and anything else is about an execution",
  async (word) => {
    const { call, runtime, memory } = await setup();
    await runtime.flows.save("main", FLOW.replace("id: hello", `id: ${word}`));
    for (const path of [`/executions/company.team/${word}?labels=a:b`, `/api/v1/executions/company.team/${word}`]) {
      const { status, json } = await call("POST", path, "--x--\r\n", FORM);
      expect([status, json]).toEqual([200, expect.objectContaining({ flowId: word, namespace: "company.team" })]);
    }
    expect((await call("POST", `/executions/company.team/${word}`, [])).json).not.toMatchObject({ flowId: word });
    expect(memory.executions.size).toBe(2);
  },
);

test("a form with what resumes an execution is about that execution", async () => {
  const { call } = await setup();
  const { json } = await call("POST", "/executions/company.team/resume", "--x--\r\n", FORM);
  expect(json).toMatchObject({ code: "execution-not-found" });
});
