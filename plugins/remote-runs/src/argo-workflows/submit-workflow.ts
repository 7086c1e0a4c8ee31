import { createHash } from "node:crypto";
import {
  defineTask,
  dynamic,
  deep,
  maxDurationProperty,
  pollProperty,
  type RemoteService,
  runRemotely,
  secret,
  type TaskContext,
  TaskFailure,
  text,
  textMap,
  waitProperty,
} from "@capstan/sdk";
import { pathPart, StatusFailure } from "@capstan/sdk/http";
import { z } from "zod";
import { bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";
import { manifestOf, withParameters } from "./manifest.ts";
import { ENDS, fetchWorkflow, sightingOf, type Workflow, workflowAnswer, workflowPath } from "./workflow.ts";

/** By which a task that is given out again knows its workflow. */
const ATTEMPT_LABEL = "capstan/attempt";
const ATTEMPT_LENGTH = 10;
/** Of a name, in characters. */
export const NAME_LENGTH_MAX = 63;

const properties = () =>
  z.object({
    url: text().describe("Address of the server, such as https://argo.example.com:2746."),
    token: secret().optional().describe("Token of a service account, with or without `Bearer ` before it."),
    namespace: text().default("default").describe("Namespace in Kubernetes. Default: default."),
    template: text().optional().describe("Name of the template to submit."),
    templateKind: dynamic(z.enum(["WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"]))
      .default("WorkflowTemplate")
      .describe(
        "What the template is: WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow. Default: WorkflowTemplate.",
      ),
    manifest: deep()
      .optional()
      .describe(
        "In place of `template`: the workflow, as a map or as a text of YAML. Expressions in it are Capstan's; those of Argo are kept in a " +
          "file, as in `{{ read('workflow.yaml') }}`, or between `{% raw %}` and `{% endraw %}`.",
      ),
    name: text()
      .optional()
      .describe(
        "Name of the workflow. Default: that of the template or the manifest, and behind it one of the attempt's own.",
      ),
    entrypoint: text().optional().describe("Template to begin with. Default: that of the workflow."),
    serviceAccount: text().optional().describe("Service account that the pods run as. Default: that of the workflow."),
    parameters: textMap().optional().describe("Parameters of the workflow, by name."),
    labels: textMap().optional().describe("Further labels of the workflow."),
    wait: waitProperty(true),
    pollFrequency: pollProperty(5_000),
    maxDuration: maxDurationProperty(3_600_000),
    options: requestOptions(),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Runs a workflow of Argo Workflows. */
export const submitWorkflow = defineTask({
  type: "io.kestra.plugin.argo.workflows.SubmitWorkflow",
  title: "Run a workflow of Argo Workflows",
  description:
    "Submits a template or a manifest, and waits for the end of the workflow. A kill stops it: its exit handlers still run. The key of the " +
    "attempt is in the name and in a label: a task that is given out again, because its worker was lost, finds the workflow that it has " +
    "submitted before. A retry submits another one.",
  properties,
  outputs: () =>
    z.object({
      name: z.string().describe("Name of the workflow."),
      uid: z.string().describe("Id of the workflow in Kubernetes."),
      workflowUrl: z.string().describe("Its page."),
      phase: z.string().optional().describe("How it was seen last: Pending, Running, Succeeded, Failed or Error."),
      parameters: z.record(z.string(), z.string()).optional().describe("Output parameters of the workflow, by name."),
      startedAt: z.string().optional().describe("When it started."),
      finishedAt: z.string().optional().describe("When it ended."),
    }),
  examples: [
    {
      title: "Submit a template, and use what comes of it",
      code:
        "id: train\ntype: io.kestra.plugin.argo.workflows.SubmitWorkflow\nurl: https://argo.example.com:2746\n" +
        'token: "{{ secret(\'ARGO_TOKEN\') }}"\nnamespace: ml\ntemplate: train-model\nparameters:\n  epochs: "{{ inputs.epochs }}"\n' +
        "maxDuration: PT6H\n",
    },
    {
      title: "Submit a workflow from a namespace file",
      code:
        "id: build\ntype: io.kestra.plugin.argo.workflows.SubmitWorkflow\nurl: https://argo.example.com:2746\n" +
        "token: \"{{ secret('ARGO_TOKEN') }}\"\nnamespace: ci\nmanifest: \"{{ read('workflows/build.yaml') }}\"\n",
    },
  ],
  async run(context) {
    return runRemotely(context, await workflows(context), context.properties);
  },
});

async function workflows(context: TaskContext<Properties>): Promise<RemoteService<Workflow>> {
  const { properties: given, identity, log } = context;
  const { namespace, token = "", options } = given;
  const base = given.url.trim().replace(/\/+$/, "");
  const api: ServiceApi = {
    name: "Argo Workflows",
    url: `${base}/api/v1/workflows`,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, bearerAuth(token.replace(/^Bearer\s+/iu, ""))),
  };
  const attempt = createHash("sha256").update(identity.attemptKey).digest("hex").slice(0, ATTEMPT_LENGTH);
  const { name, request } = await submissionOf(given, attempt);
  const pathOf = ({ metadata }: Workflow) => workflowPath(namespace, metadata.name);
  return {
    name: api.name,
    ends: ENDS,
    describe: ({ metadata }) => `workflow ${metadata.name}`,
    outputs: ({ metadata }) => ({
      name: metadata.name,
      uid: metadata.uid,
      workflowUrl: `${base}/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(metadata.name)}`,
    }),
    async start(signal) {
      try {
        return await ask(api, signal, { ...request, answer: workflowAnswer, isRepeatable: true });
      } catch (error) {
        if (!(error instanceof StatusFailure) || error.status !== 409) throw error;
        const there = await fetchWorkflow(api, workflowPath(namespace, name), signal);
        if (there.metadata.labels?.[ATTEMPT_LABEL] === attempt) return there;
        throw new TaskFailure(
          `There is a workflow ${name} already, which something else has submitted. Give this one another \`name\`.`,
          { cause: error },
        );
      }
    },
    findsAgain: true,
    look: (workflow, signal) => sightingOf(api, pathOf(workflow), signal),
    async cancel(workflow, signal) {
      const { name: stopped } = workflow.metadata;
      await ask(api, signal, {
        what: `Stopping the workflow ${stopped}`,
        method: "PUT",
        path: `${pathOf(workflow)}/stop`,
        body: { namespace, name: stopped, message: "the task of Capstan was ended" },
        answer: () => z.unknown(),
        isRepeatable: true,
      });
    },
  };
}

interface Submission {
  readonly name: string;
  readonly request: { readonly what: string; readonly path: string; readonly body: unknown };
}

async function submissionOf(given: Properties, attempt: string): Promise<Submission> {
  const { namespace, template = "", templateKind, manifest, parameters = {} } = given;
  if ((template === "") === (manifest === undefined))
    throw new TaskFailure("A workflow needs either `template` or `manifest`, and not both.");
  const labels = { ...given.labels, [ATTEMPT_LABEL]: attempt };
  const path = `/${pathPart("namespace", namespace)}`;
  if (manifest === undefined) {
    const name = ownName(given, template, attempt);
    const submitOptions = {
      name,
      labels: listed(labels).join(","),
      parameters: listed(parameters),
      ...(given.entrypoint !== undefined && { entryPoint: given.entrypoint }),
      ...(given.serviceAccount !== undefined && { serviceAccount: given.serviceAccount }),
    };
    const body = { namespace, resourceKind: templateKind, resourceName: template, submitOptions };
    return { name, request: { what: `The submission of ${template}`, path: `${path}/submit`, body } };
  }
  const { metadata, spec, ...rest } = withParameters(await manifestOf(manifest), parameters);
  const { generateName, ...kept } = metadata;
  const name = ownName(given, kept.name ?? generateName ?? "workflow", attempt);
  const workflow = {
    ...rest,
    metadata: { ...kept, name, namespace, labels: { ...kept.labels, ...labels } },
    spec: {
      ...spec,
      ...(given.entrypoint !== undefined && { entrypoint: given.entrypoint }),
      ...(given.serviceAccount !== undefined && { serviceAccountName: given.serviceAccount }),
    },
  };
  return { name, request: { what: `The submission of ${name}`, path, body: { namespace, workflow } } };
}

function listed(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

/** The name that is given, or another one for each attempt, which fits into a label as Argo needs it. */
function ownName({ name = "" }: Properties, base: string, attempt: string): string {
  if (name !== "") return name;
  return `${base.slice(0, NAME_LENGTH_MAX - ATTEMPT_LENGTH - 1).replace(/[-.]+$/u, "")}-${attempt}`;
}
