import { definePlugin } from "@capstan/sdk";
import { ansibleCli } from "./ansible.ts";
import { cloudQuerySync } from "./cloudquery-sync.ts";
import { awsCli, azCli, gcloudCli } from "./clouds.ts";
import { databricksCli, redisCli, snowflakeCli } from "./data-tools.ts";
import { dbtCli, dbtCommands } from "./dbt.ts";
import { PLAIN_TOOLS } from "./plain-tools.ts";
import { toolTask } from "./tool-task.ts";

export default definePlugin({
  name: "cli-tools",
  title: "Command line tools",
  category: "Tools",
  definitions: [
    ...PLAIN_TOOLS.map((tool) => toolTask(tool)),
    ansibleCli,
    awsCli,
    azCli,
    cloudQuerySync,
    databricksCli,
    dbtCli,
    ...dbtCommands,
    gcloudCli,
    redisCli,
    snowflakeCli,
  ],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "programs of the same names that tell how they were called" },
  ],
});
