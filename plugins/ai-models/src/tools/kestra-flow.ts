import { randomUUID } from "node:crypto";
import { anyMap, dynamic, type JsonMap, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callApi, exchangeOptions, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { toolName, type ToolSpec } from "../any-model/tool.ts";
import { textGiven, toolKind } from "./tool-kind.ts";

/** Where a server is that knows no address of its own. */
const LOCAL_URL = "http://localhost:8080";
/** How long it may take to start an execution, in milliseconds. */
const START_MS_MAX = 60_000;

const label = () => z.object({ key: text().describe("Key of the label."), value: text().describe("Its value.") });

const auth = () =>
  z.object({
    apiToken: secret().optional().describe("Token of the API."),
    username: text().optional().describe("Name of a user, with a `password`."),
    password: secret().optional().describe("Password of the user."),
    auto: dynamic(z.boolean()).optional().describe("Accepted for compatibility, without effect."),
  });

const properties = () =>
  z.object({
    namespace: text().optional().describe("Namespace of the flow. The model chooses when it is not given."),
    flowId: text().optional().describe("The flow. The model chooses when it is not given."),
    revision: dynamic(z.int()).optional().describe("Its revision. Default: the newest."),
    description: text().optional().describe("What the flow does; the model chooses by it. Default: that of the flow."),
    inputs: anyMap().optional().describe("Inputs that go before those which the model chooses."),
    labels: dynamic(z.array(label())).optional().describe("Labels of the execution."),
    inheritLabels: dynamic(z.boolean())
      .default(false)
      .describe("Whether the execution has the labels of this one too. Default: false."),
    scheduleDate: text().optional().describe("When it starts, such as 2026-03-01T10:00:00Z. Default: at once."),
    kestraUrl: text()
      .optional()
      .describe(`Address of the server. Default: the one that the server knows as its own, or ${LOCAL_URL}.`),
    auth: auth().optional().describe("As whom to start it: an `apiToken`, or `username` and `password`."),
    tenantId: text().optional().describe("Tenant of the flow. Default: that of this one."),
  });

type Written = z.output<ReturnType<typeof properties>>;

export const kestraFlow = toolKind({
  type: "ai.tool.KestraFlow",
  aliases: [],
  title: "Start a flow",
  properties,
  make: async (context, written) => {
    const { namespace, flowId } = written;
    if ((namespace === undefined) !== (flowId === undefined))
      throw new TaskFailure("ai.tool.KestraFlow has only one of `namespace` and `flowId`. Give both, or none of them.");
    const server = await serverOf(context, written);
    const spec =
      namespace === undefined || flowId === undefined
        ? anyFlow(written)
        : await oneFlow(context, server, written, { namespace, flowId });
    return { tools: [{ spec, call: (input) => start(context, server, written, input) }] };
  },
});

interface Server {
  /** Up to the tenant. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function serverOf(context: TaskContext<unknown>, { kestraUrl, auth: as, tenantId }: Written): Promise<Server> {
  const own = kestraUrl ?? (await ownUrl(context));
  const { apiToken, username, password = "" } = as ?? {};
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  const authorization = apiToken === undefined ? basic && `Basic ${basic}` : `Bearer ${apiToken}`;
  return {
    url: addressBelow(own, `/api/v1/${encodeURIComponent(tenantId ?? context.identity.tenant)}`),
    headers: authorization === undefined ? {} : { Authorization: authorization },
  };
}

async function ownUrl({ evaluate }: TaskContext<unknown>): Promise<string> {
  const known = (await evaluate("{{ kestra }}")) as { readonly url?: string };
  return known.url ?? LOCAL_URL;
}

const flowAnswer = z.looseObject({
  description: z.string().nullish(),
  inputs: z
    .array(
      z.looseObject({
        id: z.string(),
        type: z.string().optional(),
        description: z.string().nullish(),
        displayName: z.string().nullish(),
      }),
    )
    .nullish(),
});

async function oneFlow(
  { signal }: TaskContext<unknown>,
  { url, headers }: Server,
  { description, revision }: Written,
  { namespace, flowId }: { readonly namespace: string; readonly flowId: string },
): Promise<ToolSpec> {
  const answered = await callApi(signal, {
    what: `The look at the flow ${namespace}.${flowId}`,
    url: `${url}/flows/${encodeURIComponent(namespace)}/${encodeURIComponent(flowId)}`,
    params: revision === undefined ? {} : { revision: String(revision) },
    headers,
    options: { ...exchangeOptions({}, START_MS_MAX), followsRedirects: false },
  });
  const read = flowAnswer.safeParse(answered);
  if (!read.success) throw new TaskFailure(`The server answered with what is no flow. Check \`kestraUrl\`.`);
  const told = description ?? read.data.description ?? undefined;
  if (told === undefined)
    throw new TaskFailure(
      `Nothing tells the model what the flow ${namespace}.${flowId} is for: give the tool or the flow a \`description\`.`,
    );
  return {
    name: toolName(`kestra_flow_${namespace}_${flowId}`),
    description: `Starts a workflow, and answers with its execution. What it does: ${told}`,
    parameters: {
      type: "object",
      properties: { inputs: inputsSchema(read.data.inputs ?? []), ...commonParameters() },
    },
  };
}

function inputsSchema(inputs: NonNullable<z.output<typeof flowAnswer>["inputs"]>) {
  const described = inputs.map(({ id, type, description, displayName }) => {
    const told = [displayName, description, type === undefined ? undefined : `Type: ${type}`]
      .filter(Boolean)
      .join(". ");
    return [id, { description: told }] as const;
  });
  return { type: "object", description: "Inputs of the workflow.", properties: Object.fromEntries(described) };
}

function anyFlow({ description }: Written): ToolSpec {
  const name = (what: string) => ({ type: "string", description: what });
  return {
    name: "kestra_flow",
    description: description ?? "Starts a workflow, and answers with its execution.",
    parameters: {
      type: "object",
      properties: {
        namespace: name("Namespace of the workflow."),
        flowId: name("Id of the workflow."),
        revision: { type: "integer", description: "Its revision; leave it out for the newest." },
        inputs: { type: "object", description: "Inputs of the workflow, by their ids." },
        ...commonParameters(),
      },
      required: ["namespace", "flowId"],
    },
  };
}

function commonParameters() {
  return {
    labels: { type: "object", description: "Labels of the execution, if any are wanted: a text for each key." },
    scheduleDate: { type: "string", description: "When it starts, in ISO 8601; leave it out for at once." },
  };
}

/** What the flow says goes before what the model wants. Answers the execution as JSON. */
async function start(
  context: TaskContext<unknown>,
  { url, headers }: Server,
  written: Written,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const namespace = written.namespace ?? textGiven(input, "namespace");
  const flowId = written.flowId ?? textGiven(input, "flowId");
  if (namespace === "" || flowId === "") throw new TaskFailure("The namespace and the flowId must be given.");
  const revision = written.revision ?? input["revision"];
  const scheduleDate = written.scheduleDate ?? input["scheduleDate"];
  const labels = { ...mapGiven(input, "labels"), ...(await ownLabels(context, written)) };
  const inputs = { ...mapGiven(input, "inputs"), ...written.inputs };
  const execution = await callApi(context.signal, {
    what: `The start of the flow ${namespace}.${flowId}`,
    method: "POST",
    url: `${url}/executions/${encodeURIComponent(namespace)}/${encodeURIComponent(flowId)}`,
    params: {
      labels: Object.entries(labels).map(([key, value]) => `${key}:${textOf(value)}`),
      ...(revision !== undefined && { revision: textOf(revision) }),
      ...(scheduleDate !== undefined && { scheduleDate: textOf(scheduleDate) }),
    },
    headers,
    content: formOf(inputs),
    options: { ...exchangeOptions({}, START_MS_MAX), followsRedirects: false },
  });
  return JSON.stringify(execution);
}

async function ownLabels({ evaluate }: TaskContext<unknown>, { labels = [], inheritLabels }: Written) {
  const inherited = inheritLabels ? ((await evaluate("{{ labels }}")) as JsonMap) : {};
  // Those of the system belong to the execution that has them.
  const { system: _system, ...others } = inherited;
  return { ...others, ...Object.fromEntries(labels.map(({ key, value }) => [key, value])) };
}

function mapGiven(input: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const value = input[name];
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function formOf(inputs: Readonly<Record<string, unknown>>) {
  const boundary = `capstan-${randomUUID()}`;
  const parts = Object.entries(inputs).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${textOf(value)}\r\n`,
  );
  return textBody(`${parts.join("")}--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`);
}

/** As browsers write names of fields, so that none can end its line. */
function quoted(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
