import type { ExecutionService, HeldKey } from "@capstan/runtime";
import { describe, isRefusal } from "./process.ts";
import { NAMESPACE, type PlannedRequest, TENANT, WEBHOOK_KEY } from "./world-plan.ts";
import type { World } from "./world.ts";

const AGAIN_MS = 700;
const TRIES_MAX = 6;
/** The share of starts that have a key. */
const KEYED = 0.5;

/**
 * Sends a request as planned; as long as nobody takes it, it is sent again. One that was taken is never sent twice, unless it has a
 * key: then it is sent until it is answered.
 */
export function sendRequest(
  world: World,
  request: PlannedRequest,
  triesLeft = TRIES_MAX,
  letter = { isAnswered: false },
): void {
  const { timeline, process } = world;
  if (process?.isReady !== true) {
    if (triesLeft > 0) timeline.after(AGAIN_MS, () => sendRequest(world, request, triesLeft - 1, letter));
    return;
  }
  const { verb, name } = request;
  if (verb === "create" || verb === "webhook") {
    if (request.target < KEYED) startOnce(world, { ...request, verb }, triesLeft, letter);
    else start(world, verb, name);
    return;
  }
  const known = [...world.durable.executions.values()].filter(({ flowId }) => flowId === "main");
  const target = known[Math.floor(request.target * known.length)];
  if (target !== undefined) ask(world, verb, name, target.id);
}

function start(world: World, verb: StartVerb, name: string): void {
  world.observe({ type: "requested", name, verb });
  follow(world, { name, verb }, started(world, verb, name));
}

type StartVerb = "create" | "webhook";

async function started(world: World, verb: StartVerb, name: string, requestKey?: HeldKey): Promise<string> {
  const { executions, triggers } = world.process!.runtime;
  const flow = { tenant: TENANT, namespace: NAMESPACE, flowId: "main" };
  const body = () => ({ body: JSON.stringify({ name }) });
  const call = { ...flow, key: WEBHOOK_KEY, body, headers: {}, parameters: {}, requestKey };
  const create = { ...flow, labels: [{ key: "request", value: name }], requestKey };
  const { id } = verb === "create" ? await executions.create(create) : (await triggers.webhook(call)).row;
  return id;
}

/** A start with a key is sent again until it is answered, whatever happened to the process that took it. */
function startOnce(
  world: World,
  request: PlannedRequest & { readonly verb: StartVerb },
  triesLeft: number,
  letter: { isAnswered: boolean },
): void {
  const { name, verb } = request;
  world.observe({ type: "requested", name, verb });
  const answer = keyed(world, verb, name).then((id) => {
    letter.isAnswered = true;
    return id;
  });
  follow(world, { name, verb }, answer);
  world.timeline.after(AGAIN_MS, () => {
    if (!letter.isAnswered && triesLeft > 0) sendRequest(world, request, triesLeft - 1, letter);
  });
}

async function keyed(world: World, verb: StartVerb, name: string): Promise<string> {
  const { requestKeys } = world.process!.runtime;
  const held = await requestKeys.hold({ tenant: TENANT, principal: "client", route: verb, key: name });
  try {
    held.identify(name);
    return (
      (held.kept as { readonly executionId: string } | undefined)?.executionId ??
      (await started(world, verb, name, held))
    );
  } finally {
    held.release();
  }
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
