import { definePlugin } from "@capstan/sdk";
import { build } from "./cli/build.ts";
import { compose } from "./cli/compose.ts";
import { imageLs } from "./cli/image-ls.ts";
import { prune } from "./cli/prune.ts";
import { pull } from "./cli/pull.ts";
import { push } from "./cli/push.ts";
import { rm } from "./cli/rm.ts";
import { run } from "./cli/run.ts";
import { stop } from "./cli/stop.ts";
import { tag } from "./cli/tag.ts";
import { dockerRunner } from "./runner/docker.ts";

export default definePlugin({
  name: "docker",
  title: "Docker",
  category: "Containers",
  definitions: [dockerRunner, build, run, pull, push, tag, rm, stop, prune, imageLs, compose],
  testedWith: [
    { types: "io.kestra.plugin.scripts.runner.docker", kind: "real", what: "a Docker engine" },
    { types: "io.kestra.plugin.docker", kind: "real", what: "a Docker engine and a registry" },
    {
      types: "io.kestra.plugin.docker.cli.Compose",
      kind: "stand-in",
      what: "a program of the name of Docker's that tells how it was called",
    },
  ],
});
