import { expect, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const flow = (id: string, namespace = "company.team") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks: [{ id: a, type: io.kestra.plugin.core.log.Log, message: hi }]\n`;

async function instance() {
  const { server } = await wholeServer();
  return async (method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: string) => {
    const reply = await server.inject({
      method,
      url: `/api/v1/main${url}`,
      ...(payload !== undefined && { payload }),
    });
    return { status: reply.statusCode, json: reply.body === "" ? undefined : (JSON.parse(reply.body) as unknown) };
  };
}

test("an update of a flow that is not there says so first, one under another name all that differs", async () => {
  const call = await instance();
  await call("POST", "/flows", flow("kept"));
  expect((await call("PUT", "/flows/company.team/absent", flow("other"))).status).toBe(404);
  const { status, json } = await call("PUT", "/flows/company.team/kept", flow("other", "company"));
  expect([status, json]).toMatchObject([
    422,
    {
      _embedded: {
        errors: [
          { message: expect.stringContaining("flow.id: Illegal flow id update") },
          { message: expect.stringContaining("flow.namespace: Illegal namespace update") },
        ],
      },
    },
  ]);
});

test("a key-value counts how often it was set", async () => {
  const call = await instance();
  const key = "/namespaces/company.team/kv/limit";
  await call("PUT", key, "1");
  expect((await call("GET", key)).json).toMatchObject({ value: 1, revision: 1 });
  await call("PUT", key, "2");
  expect((await call("GET", key)).json).toMatchObject({ value: 2, revision: 2 });
  expect((await call("GET", "/kv")).json).toMatchObject({ results: [{ key: "limit", revision: 2 }] });
  await call("DELETE", key);
  await call("PUT", key, "3");
  expect((await call("GET", key)).json).toMatchObject({ value: 3, revision: 1 });
});
