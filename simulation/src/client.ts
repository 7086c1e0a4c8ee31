import type { ExecutionService } from "@capstan/runtime";
import { describe, isRefusal } from "./process.ts";
import { NAMESPACE, type PlannedRequest, TENANT, WEBHOOK_KEY } from "./world-plan.ts";
import type { World } from "./world.ts";

const AGAIN_MS = 700;
const TRIES_MAX = 6;

/** Sends a request as planned; as long as nobody takes it, it is sent again. One that was taken is never sent twice. */
export function sendRequest(world: World, request: PlannedRequest, triesLeft = TRIES_MAX): void {
  const { timeline, process } = world;
  if (process?.isReady !== true) {
    if (triesLeft > 0) timeline.after(AGAIN_MS, () => sendRequest(world, request, triesLeft - 1));
    return;
  }
  const { verb, name } = request;
  if (verb === "create" || verb === "webhook") {
    start(world, verb, name);
    return;
  }
  const known = [...world.durable.executions.values()].filter(({ flowId }) => flowId === "main");
  const target = known[Math.floor(request.target * known.length)];
  if (target !== undefined) ask(world, verb, name, target.id);
}

function start(world: World, verb: "create" | "webhook", name: string): void {
  const { executions, triggers } = world.process!.runtime;
  const key = { tenant: TENANT, namespace: NAMESPACE, flowId: "main" };
  world.observe({ type: "requested", name, verb });
  const body = JSON.stringify({ name });
  const answer =
    verb === "create"
      ? executions.create({ ...key, labels: [{ key: "request", value: name }] })
      : triggers.webhook({ ...key, key: WEBHOOK_KEY, body, headers: {}, parameters: {} }).then(({ row }) => row);
  follow(
    world,
    { name, verb },
    answer.then(({ id }) => id),
  );
}

/** Asks for something to be done with an execution. */
export function ask(
  world: World,
  verb: Exclude<PlannedRequest["verb"], "create" | "webhook">,
  name: string,
  executionId: string,
): void {
  const { executions } = world.process!.runtime;
  world.observe({ type: "requested", name, verb, executionId });
  follow(
    world,
    { name, verb },
    perform(executions, verb, executionId).then(() => executionId),
  );
}

function perform(executions: ExecutionService, verb: string, id: string): Promise<unknown> {
  switch (verb) {
    case "kill":
      return executions.kill(TENANT, id);
    case "pause":
      return executions.pause(TENANT, id);
    case "resume":
      return executions.resume(TENANT, id);
    case "restart":
      return executions.restart(TENANT, id);
    case "replay":
      return executions.replay(TENANT, id);
    default:
      return executions.forceRun(TENANT, id);
  }
}

function follow(world: World, { name, verb }: Pick<PlannedRequest, "name" | "verb">, answer: Promise<string>): void {
  world.note(`asked: ${name}`);
  const acknowledged = (executionId: string) => {
    world.note(`done: ${name} ${executionId}`);
    world.observe({ type: "acknowledged", name, verb, executionId });
  };
  const refused = (error: unknown) => {
    world.note(`refused: ${name}: ${(error as Error).message}`);
    if (!isRefusal(error)) world.observe({ type: "defect", message: `${name}: ${describe(error)}` });
  };
  void answer.then(acknowledged, refused);
}
