import { afterAll, beforeAll, describe } from "vitest";
import { testDriver } from "../../testing/driver-conformance.ts";
import { type MariadbServer, startMariadb } from "../../testing/mariadb.ts";

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(["mysql", "mariadb"])("%s, on MariaDB", (name) => {
  testDriver({
    name,
    place: () => ({ ...server.place, url: server.place.url.replace("mariadb", name) }),
    series: (count) => `SELECT seq AS i FROM seq_1_to_${count}`,
    breaking: "SELECT EXP(seq / 30) AS v FROM seq_1_to_30000",
    hasBatch: name === "mysql",
  });
});
