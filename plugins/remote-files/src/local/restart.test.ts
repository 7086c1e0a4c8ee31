import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { createLocalWorld } from "../testing/local-world.ts";
import { watchingServer } from "../testing/watching-server.ts";

const FLOW = (from: string, action: string) => `id: arrived
namespace: company
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ trigger.files }}"
    tasks:
      - id: read
        type: io.kestra.plugin.core.debug.Return
        format: "{{ read(fromJson(taskrun.value).uri) }}"
triggers:
  - id: watch
    type: io.kestra.plugin.fs.local.Trigger
    interval: PT1S
    from: ${from}
    maxFiles: 3
    quietPeriod: PT0S
    action: ${action}
    moveDirectory: ${from}/done
`;

test.each(["NONE", "MOVE"])(
  "a server that is killed again and again tells of each file once, with %s",
  async (action) => {
    const { at, write, names } = createLocalWorld();
    const server = watchingServer(at("work"));
    await server.start();
    await server.apply(FLOW(at("work"), action));
    const written: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (let index = 0; index < 5; index += 1) {
        const name = `file-${round}-${index}`;
        write(`secret/${name}`);
        renameSync(at(`secret/${name}`), at(`work/${name}`));
        written.push(name);
      }
      // The kill comes while files are found: an event may be durable by then or not.
      const before = round * 5;
      await expect
        .poll(async () => (await server.told()).length, { timeout: 30_000, interval: 5 })
        .toBeGreaterThan(before);
      await server.kill();
      await server.start();
    }
    await expect.poll(async () => new Set(await server.told()).size, { timeout: 60_000 }).toBe(written.length);
    // Two further questions would find what was forgotten.
    if (action === "MOVE")
      await expect
        .poll(() => names().filter((name) => name.startsWith("done/")).length, { timeout: 30_000 })
        .toBe(written.length);
    expect((await server.told()).toSorted()).toEqual(written.toSorted());
    await expect.poll(async () => new Set(await server.states()), { timeout: 30_000 }).toEqual(new Set(["SUCCESS"]));
  },
  180_000,
);
