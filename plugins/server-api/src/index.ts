import { definePlugin } from "@capstan/sdk";
import { count } from "./executions/count.ts";
import { deleteExecution } from "./executions/delete.ts";
import { kill } from "./executions/kill.ts";
import { query } from "./executions/query.ts";
import { resume } from "./executions/resume.ts";
import { exportById } from "./flows/export-by-id.ts";
import { exportFlows } from "./flows/export.ts";
import { list as listFlows } from "./flows/list.ts";
import { fetch } from "./logs/fetch.ts";
import { list as listNamespaces } from "./namespaces/list.ts";
import { namespacesWithFlows } from "./namespaces/namespaces-with-flows.ts";
import { scheduleMonitor } from "./triggers/schedule-monitor.ts";
import { toggle } from "./triggers/toggle.ts";

export default definePlugin({
  name: "server-api",
  title: "API of a server",
  category: "Core",
  definitions: [
    query,
    count,
    resume,
    kill,
    deleteExecution,
    listFlows,
    exportFlows,
    exportById,
    fetch,
    listNamespaces,
    namespacesWithFlows,
    toggle,
    scheduleMonitor,
  ],
  testedWith: [
    {
      types: "io.kestra.plugin.kestra",
      kind: "real",
      what: "a Capstan server of its own process; what other versions of the API answer stands in for Kestra's",
    },
  ],
});
