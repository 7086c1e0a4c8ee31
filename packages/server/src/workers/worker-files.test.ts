import { once } from "node:events";
import { createServer, request as call } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createMemoryStorage } from "@capstan/storage";
import { expect, onTestFinished, test } from "vitest";
import { answerFiles } from "./worker-files.ts";

test("a file that is found when its caller has gone is closed", async () => {
  const content = Readable.from(["never sent"]);
  const answered = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const read = async () => {
      caller.destroy();
      await once(response, "close");
      return content;
    };
    const storage = { ...createMemoryStorage(), read };
    const query = new URLSearchParams({ path: "/a.txt" });
    answerFiles(storage, "read", { tenant: "main", query, request }, response).then(answered.resolve, answered.reject);
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const caller = call({ port: (server.address() as AddressInfo).port, method: "POST" });
  caller.on("error", () => undefined).end();
  await answered.promise;
  expect(content.destroyed).toBe(true);
});
