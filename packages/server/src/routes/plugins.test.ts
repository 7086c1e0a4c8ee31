import { languageCatalogue, createCatalogue, jsonSchema } from "@capstan/model";
import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

const LOG = "io.kestra.plugin.core.log.Log";

async function withSchema() {
  const schema = jsonSchema(createCatalogue(languageCatalogue()));
  const bundle = await setup({ jsonSchema: (kind) => (kind === "flow" ? schema : undefined) });
  const get = async (path: string) => (await bundle.call("GET", `/api/v1${path}`)).json;
  return { ...bundle, get };
}

test("the schemas of tasks and triggers are parts of that of flows, with its definitions", async () => {
  const { get, call } = await withSchema();
  for (const kind of ["flow", "task", "trigger"])
    expect(await get(`/plugins/schemas/${kind}`)).toHaveProperty("$defs.task");
  expect(await get("/plugins/schemas/task?arrayOf=true")).toMatchObject({ type: "array", items: {}, $defs: {} });
  expect(await get("/plugins/properties/flow")).toMatchObject({
    properties: { tasks: {} },
    required: expect.arrayContaining(["id", "namespace"]),
  });
  for (const path of ["schemas/absent", "properties/absent"])
    expect((await call("GET", `/api/v1/plugins/${path}`)).status).toBe(404);
  expect((await call("GET", "/api/v1/plugins/schemas/task?arrayOf=perhaps")).status).toBe(400);
});

test("every type and every group has an icon", async () => {
  const { get, call } = await withSchema();
  const icons = (await get("/plugins/icons")) as Record<string, { icon: string; flowable: boolean }>;
  expect(Buffer.from(icons[LOG]!.icon, "base64").toString()).toMatch(/^<svg .*<\/svg>$/);
  expect([icons[LOG]!.flowable, icons["io.kestra.plugin.core.flow.Parallel"]!.flowable]).toEqual([false, true]);
  expect(await get("/plugins/icons/groups")).toHaveProperty(["io.kestra.plugin.core"]);
  expect(await get(`/plugins/icons/${LOG}`)).toEqual({ icon: icons[LOG] });
  const image = await call("GET", `/api/v1/plugins/icons/${LOG}/icon.svg`);
  expect([image.headers["content-type"], image.text]).toEqual(["image/svg+xml", expect.stringMatching(/^<svg /)]);
  expect(await get("/plugins/icons/absent.Type")).toEqual({ icon: null });
  expect((await call("GET", "/api/v1/plugins/icons/absent.Type/icon.svg")).status).toBe(404);
});

test("types of inputs, of triggers, and versions of types", async () => {
  const { get, call } = await withSchema();
  expect(await get("/plugins/inputs")).toContainEqual({
    type: "STRING",
    cls: "io.kestra.core.models.flows.input.StringInput",
  });
  for (const name of ["SELECT", "io.kestra.core.models.flows.input.SelectInput"])
    expect(await get(`/plugins/inputs/${name}`)).toHaveProperty("schema.properties.properties.values");
  expect((await call("GET", "/api/v1/plugins/inputs/COLOR")).status).toBe(404);
  expect(await get("/plugins/triggers?q=schedule&size=1")).toMatchObject({
    results: [{ group: "core", deprecated: false }],
  });
  expect((await call("GET", "/api/v1/plugins/triggers?size=none")).status).toBe(400);
  expect(await get(`/plugins/${LOG}/versions`)).toEqual({ type: LOG, versions: ["1.3.15"] });
  expect(await get(`/plugins/${LOG}/versions/1.3.15`)).toHaveProperty("markdown");
  expect((await call("GET", `/api/v1/plugins/${LOG}/versions/9`)).status).toBe(404);
  expect((await call("GET", "/api/v1/plugins/absent.Type/versions")).status).toBe(404);
});
