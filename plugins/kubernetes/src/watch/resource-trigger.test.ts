import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { resourceTrigger } from "./resource-trigger.ts";

test("of what the cluster does not remember, what is there and has changed since is told, oldest first", async () => {
  const item = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
  await using server = await startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://cluster");
    if (pathname === "/api/v1")
      response.end(JSON.stringify({ resources: [{ name: "pods", kind: "Pod", namespaced: true }] }));
    else if (pathname === "/apis") response.end('{"groups":[]}');
    else if (searchParams.get("resourceVersion") === "90") response.writeHead(410).end("{}");
    else if (searchParams.has("watch")) response.write("");
    else {
      const items = [item("old", "89"), item("late", "101"), item("early", "99")];
      response.end(JSON.stringify({ metadata: { resourceVersion: "105" }, items }));
    }
  });
  await using world = createTestWorld({ position: "90" });
  const properties = { connection: { masterUrl: server.url }, namespace: "n", resourceType: "pods" };
  await using listening = world.listen(resourceTrigger, properties);
  for (const [name, position] of [
    ["early", "99"],
    ["late", "101"],
  ]) {
    const { event, accept } = await listening.next();
    expect(event).toMatchObject({ variables: { event: "UPDATED", metadata: { name } }, position });
    accept();
  }
  expect(listening.pending).toEqual([]);
});
