import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Message, Part, SendMessageRequest, Task } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { failureReason } from "../fetch-failure.ts";

/** How often an agent is asked that didn't wait until it was done, in milliseconds. */
const LOOK_MS = 1_000;

type Caller = Pick<TaskContext<unknown>, "signal" | "log">;

/**
 * Asks an agent that speaks the Agent2Agent protocol, in version 1.0 or 0.3, and waits until it is done. Throws `TaskFailure` when it can't
 * be reached, and when it ends without an answer.
 */
export async function askRemoteAgent(caller: Caller, serverUrl: string, prompt: string): Promise<string> {
  const { signal, log } = caller;
  const told = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw new TaskFailure(`The agent can't be asked: ${failureReason(error as Error)}`, { cause: error });
    }
  };
  const client = await told(() => connect(signal, serverUrl));
  const request = await messageOf(prompt);
  let answer: Message | Task = await told(() => client.sendMessage(request, { signal }));
  const { TaskState } = await import("@a2a-js/sdk");
  const { TASK_STATE_SUBMITTED, TASK_STATE_WORKING, TASK_STATE_COMPLETED, TASK_STATE_INPUT_REQUIRED } = TaskState;
  while ("status" in answer) {
    const { id, status, artifacts } = answer;
    const said = status?.message === undefined ? "" : textOf(status.message.parts);
    switch (status?.state) {
      case TASK_STATE_COMPLETED:
        return artifacts.length === 0 ? said : artifacts.map(({ parts }) => textOf(parts)).join("\n");
      case TASK_STATE_INPUT_REQUIRED:
        log.warn("The agent has a question of its own, in place of an answer.");
        return said;
      case TASK_STATE_SUBMITTED:
      case TASK_STATE_WORKING:
        await delay(LOOK_MS, undefined, { signal });
        answer = await told(() => client.getTask({ id, tenant: "" }, { signal }));
        continue;
      default:
        throw new TaskFailure(`The agent ended without an answer: ${said === "" ? "it does not say why" : said}`);
    }
  }
  return textOf(answer.parts);
}

async function connect(signal: AbortSignal, serverUrl: string): Promise<Client> {
  if (!/^https?:\/\//i.test(serverUrl.trim()) || !URL.canParse(serverUrl.trim()))
    throw new TaskFailure("`serverUrl` is no address of a server. Give one such as https://example.com");
  const sdk = await import("@a2a-js/sdk/client");
  const options = {
    legacyCompat: { enabled: true },
    fetchImpl: ((input, init) => fetch(input, { ...init, signal })) satisfies typeof fetch,
  };
  const factory = new sdk.ClientFactory({
    transports: [new sdk.JsonRpcTransportFactory(options), new sdk.RestTransportFactory(options)],
    cardResolver: new sdk.DefaultAgentCardResolver(options),
  });
  return factory.createFromUrl(serverUrl.trim());
}

async function messageOf(prompt: string): Promise<SendMessageRequest> {
  const { Role } = await import("@a2a-js/sdk");
  const part = {
    content: { $case: "text" as const, value: prompt },
    metadata: undefined,
    filename: "",
    mediaType: "text/plain",
  };
  return {
    tenant: "",
    message: {
      messageId: randomUUID(),
      contextId: "",
      taskId: "",
      role: Role.ROLE_USER,
      parts: [part],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    },
    configuration: undefined,
    metadata: undefined,
  };
}

/** All that is text in an answer; files are only named. */
function textOf(parts: readonly Part[]): string {
  return parts
    .map(({ content, filename, mediaType }) => {
      if (content?.$case === "text") return content.value;
      if (content?.$case === "data") return JSON.stringify(content.value);
      if (content?.$case === "url") return `[${content.value}]`;
      return `[${filename === "" ? mediaType : filename}]`;
    })
    .join("\n");
}
