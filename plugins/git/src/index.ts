import { definePlugin } from "@capstan/sdk";
import { clone } from "./clone.ts";
import { pushFlows } from "./push-flows.ts";
import { pushNamespaceFiles } from "./push-namespace-files.ts";
import { syncFlow } from "./sync-flow.ts";
import { syncFlows } from "./sync-flows.ts";
import { syncNamespaceFiles } from "./sync-namespace-files.ts";

export default definePlugin({
  name: "git",
  title: "Git",
  category: "Version control",
  definitions: [clone, syncFlow, syncFlows, syncNamespaceFiles, pushFlows, pushNamespaceFiles],
  testedWith: [{ types: "io.kestra.plugin.git", kind: "real", what: "Git and its own HTTP server" }],
});
