import { definePlugin } from "@capstan/sdk";
import { apply } from "./kubectl/apply.ts";
import { remove } from "./kubectl/delete.ts";
import { exec } from "./kubectl/exec.ts";
import { get } from "./kubectl/get.ts";
import { logs } from "./kubectl/logs.ts";
import { patch } from "./kubectl/patch.ts";
import { restart } from "./kubectl/restart.ts";
import { wait } from "./kubectl/wait.ts";
import { podCreate } from "./pods/pod-create.ts";
import { kubernetesRunner } from "./runner/kubernetes.ts";
import { resourceTrigger } from "./watch/resource-trigger.ts";

export default definePlugin({
  name: "kubernetes",
  title: "Kubernetes",
  category: "Containers",
  definitions: [kubernetesRunner, podCreate, apply, get, remove, patch, restart, wait, logs, exec, resourceTrigger],
  testedWith: [{ types: "io.kestra.plugin.kubernetes", kind: "real", what: "a Kubernetes cluster" }],
});
