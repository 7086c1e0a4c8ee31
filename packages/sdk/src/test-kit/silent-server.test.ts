import { connect } from "node:net";
import { expect, test } from "vitest";
import { startSilentServer } from "./silent-server.ts";

test("whoever connects is heard of, and so is when all have left", async () => {
  await using server = await startSilentServer();
  const sockets = [connect(server.port, "127.0.0.1"), connect(server.port, "127.0.0.1")];
  await server.connected;
  sockets[0]!.write("anybody there?");
  let isAlone = false;
  const left = server.left().then(() => (isAlone = true));
  sockets[0]!.destroy();
  expect(isAlone).toBe(false);
  sockets[1]!.destroy();
  await left;
});
