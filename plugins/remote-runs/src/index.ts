import { definePlugin } from "@capstan/sdk";
import { checkStatus as airbyteCheckStatus } from "./airbyte/check-status.ts";
import { cloudReset } from "./airbyte/cloud-reset.ts";
import { cloudSync } from "./airbyte/cloud-sync.ts";
import { sync as airbyteSync } from "./airbyte/sync.ts";
import { triggerDagRun } from "./airflow/trigger-dag-run.ts";
import { submitWorkflow } from "./argo-workflows/submit-workflow.ts";
import { status as argocdStatus } from "./argocd/status.ts";
import { sync as argocdSync } from "./argocd/sync.ts";
import { triggerRun as dagsterTriggerRun } from "./dagster/trigger-run.ts";
import { createJob } from "./databricks/create-job.ts";
import { submitRun } from "./databricks/submit-run.ts";
import { checkStatus as dbtCheckStatus } from "./dbt-cloud/check-status.ts";
import { triggerRun as dbtTriggerRun } from "./dbt-cloud/trigger-run.ts";
import { sync as fivetranSync } from "./fivetran/sync.ts";
import { sync as hightouchSync } from "./hightouch/sync.ts";
import { jobBuild } from "./jenkins/job-build.ts";
import { jobInfo } from "./jenkins/job-info.ts";
import { triggerWorkflow } from "./n8n/trigger-workflow.ts";
import { createFlowRun } from "./prefect/create-flow-run.ts";
import { runJob } from "./windmill/run-job.ts";

export default definePlugin({
  name: "remote-runs",
  title: "Runs of other services",
  category: "Data movement and schedulers",
  definitions: [
    airbyteSync,
    airbyteCheckStatus,
    cloudSync,
    cloudReset,
    fivetranSync,
    hightouchSync,
    dbtTriggerRun,
    dbtCheckStatus,
    createJob,
    submitRun,
    jobBuild,
    jobInfo,
    triggerDagRun,
    createFlowRun,
    dagsterTriggerRun,
    triggerWorkflow,
    argocdSync,
    argocdStatus,
    submitWorkflow,
    runJob,
  ],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "servers of the tests that take exactly what the services document" },
  ],
});
