import { Role, type AgentCard, type Message, type Task, TaskState } from "@a2a-js/sdk";
import { LegacyJsonRpcTransportHandler } from "@a2a-js/sdk/compat/v0_3/server";
import {
  AgentEvent,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type RequestContext,
  ServerCallContext,
} from "@a2a-js/sdk/server";
import { type LocalServer, startServer } from "@capstan/sdk/test-kit";

export type Version = "1.0" | "0.3";

const skill = { id: "any", name: "Any", description: "Anything.", tags: ["any"] };

/** The card of an agent, as each version of the protocol has it. */
function cardOf(url: string, version: Version): object {
  const common = { name: "Tests", description: "Answers.", version: "1", skills: [skill] };
  const modes = { defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"] };
  return version === "1.0"
    ? {
        ...common,
        ...modes,
        capabilities: {},
        supportedInterfaces: [{ url, protocolBinding: "JSONRPC", tenant: "", protocolVersion: "1.0" }],
      }
    : { ...common, ...modes, capabilities: {}, url, preferredTransport: "JSONRPC", protocolVersion: "0.3.0" };
}

/** An agent made with the protocol's own SDK; what it does is told by what it is asked. `asked` is told of each question. */
export async function startAgent(version: Version, asked: () => void = () => undefined): Promise<LocalServer> {
  const handlers: { handle(body: string, context: ServerCallContext): Promise<unknown> }[] = [];
  const answer = async (body: string): Promise<string> => {
    const [handler] = handlers;
    return JSON.stringify(await handler!.handle(body, new ServerCallContext({ requestedVersion: version })));
  };
  const server = await startServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/agent-card.json")
      return void response.end(JSON.stringify(cardOf(server.url, version)));
    return void answer(server.received.at(-1)!.body).then(
      (text) => response.end(text),
      (error: Error) => response.destroy(error),
    );
  });
  const card: AgentCard = {
    ...(cardOf(server.url, "1.0") as Pick<AgentCard, "name" | "description" | "version">),
    supportedInterfaces: [{ url: server.url, protocolBinding: "JSONRPC", tenant: "", protocolVersion: version }],
    provider: undefined,
    capabilities: { extensions: [] },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
    signatures: [],
  };
  const execute = (context: RequestContext, bus: ExecutionEventBus) => {
    asked();
    return work(context, bus);
  };
  const rules = new DefaultRequestHandler(card, new TasksThatEnd(), {
    execute,
    cancelTask: async () => undefined,
  });
  handlers.push(version === "1.0" ? new JsonRpcTransportHandler(rules) : new LegacyJsonRpcTransportHandler(rules));
  return server;
}

/** What still works when a task is stored is done when it is looked at. */
class TasksThatEnd extends InMemoryTaskStore {
  override async load(...which: Parameters<InMemoryTaskStore["load"]>): Promise<Task | undefined> {
    const task = await super.load(...which);
    if (task?.status?.state !== TaskState.TASK_STATE_WORKING) return task;
    return taskOf({ contextId: task.contextId, taskId: task.id, text: "AT LAST" }, TaskState.TASK_STATE_COMPLETED);
  }
}

async function work({ userMessage, taskId, contextId }: RequestContext, bus: ExecutionEventBus): Promise<void> {
  const { content } = userMessage.parts[0]!;
  const prompt = content?.$case === "text" ? content.value : "";
  if (prompt === "wait") return new Promise(() => undefined);
  const said = { contextId, taskId, text: prompt.toUpperCase() };
  const state = STATES[prompt];
  if (state === undefined) bus.publish(AgentEvent.message(messageOf(said)));
  else bus.publish(AgentEvent.task(taskOf(said, state)));
  bus.finished();
}

/** How a task ends that is asked for by this word; any other is answered with a message. */
const STATES: Readonly<Record<string, TaskState>> = {
  task: TaskState.TASK_STATE_COMPLETED,
  work: TaskState.TASK_STATE_WORKING,
  fail: TaskState.TASK_STATE_FAILED,
  ask: TaskState.TASK_STATE_INPUT_REQUIRED,
};

interface Said {
  readonly contextId: string;
  readonly taskId: string;
  readonly text: string;
}

function partOf(text: string) {
  return {
    content: { $case: "text" as const, value: text },
    metadata: undefined,
    filename: "",
    mediaType: "text/plain",
  };
}

function messageOf({ contextId, taskId, text }: Said): Message {
  const parts = [partOf(text)];
  const none = { metadata: undefined, extensions: [], referenceTaskIds: [] };
  return { messageId: "m1", contextId, taskId, role: Role.ROLE_AGENT, parts, ...none };
}

function taskOf(said: Said, state: TaskState): Task {
  const { contextId, taskId, text } = said;
  const artifact = {
    artifactId: "a",
    name: "",
    description: "",
    parts: [partOf(text)],
    metadata: undefined,
    extensions: [],
  };
  return {
    id: taskId,
    contextId,
    status: { state, message: messageOf({ ...said, text: `status of ${text}` }), timestamp: undefined },
    artifacts: state === TaskState.TASK_STATE_COMPLETED ? [artifact] : [],
    history: [],
    metadata: undefined,
  };
}
