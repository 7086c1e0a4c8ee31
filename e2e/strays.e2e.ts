import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startFlow } from "./executions.ts";
import { endedExecutions } from "./outcomes.ts";
import { isAlive, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";

/** A command that starts a process which leaves its process group, writes its pid to a file, and stays as long as the folder. */
function flowWith(
  folder: string,
  id: string,
  { then, stubborn = false, rest = "" }: { then: string; stubborn?: boolean; rest?: string },
) {
  const script = `${stubborn ? 'trap "" TERM; ' : ""}echo $$ >> ${join(folder, id)}; while test -e ${folder}; do sleep 0.1; done`;
  return `
id: ${id}
namespace: ${NAMESPACE}
tasks:
  - id: command
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }
    ${rest}
    commands:
      - setsid sh -c '${script}' > /dev/null 2>&1 &
      - while ! test -s ${join(folder, id)}; do sleep 0.05; done
      - ${then}
`;
}

test.skipIf(process.platform !== "linux")(
  "what left the group of its command ends with the task, or at the start after a kill of the server",
  async () => {
    const folder = await temporaryFolder();
    const data = join(folder, "data");
    const flows = await writeFlows(join(folder, "flows"), {
      obedient: flowWith(folder, "obedient", { then: "sleep 60" }),
      stubborn: flowWith(folder, "stubborn", { then: "sleep 60", stubborn: true }),
      late: flowWith(folder, "late", { then: "sleep 60", rest: "timeout: PT1S" }),
      daemon: flowWith(folder, "daemon", { then: "true" }),
    });
    const server = await startServer({ data, flows, folder });
    const start = async (id: string) => (await startFlow(server.url, NAMESPACE, id))!.id;
    const pidOf = (id: string) =>
      until(`${id} tells its pid`, async () => {
        const text = await readFile(join(folder, id), "utf8").catch(() => "");
        return text.includes("\n") ? Number.parseInt(text, 10) : undefined;
      });
    const gone = (id: string, pid: number) =>
      until(`${id} is gone`, async () => ((await isAlive(pid, folder)) ? undefined : true));

    const [late] = await endedExecutions(server.url, [await start("late")]);
    expect(late?.state.current).toBe("FAILED");
    await gone("late", await pidOf("late"));

    await endedExecutions(server.url, [await start("daemon")]);
    await start("obedient");
    await start("stubborn");
    const pids = {
      daemon: await pidOf("daemon"),
      obedient: await pidOf("obedient"),
      stubborn: await pidOf("stubborn"),
    };
    await server.kill();
    for (const pid of Object.values(pids)) expect(await isAlive(pid, folder)).toBe(true);

    await startServer({ data, flows, folder });
    await gone("obedient", pids.obedient);
    await gone("stubborn", pids.stubborn);
    // Its command had ended well: it was meant to stay.
    expect(await isAlive(pids.daemon, folder)).toBe(true);
  },
);
