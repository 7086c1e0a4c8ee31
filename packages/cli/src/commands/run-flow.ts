import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Catalogue, checkFlow, type Flow, formatDiagnostic } from "@capstan/model";
import { type ExecutionWithRuns, RequestError, type Runtime } from "@capstan/runtime";
import { presentExecution } from "@capstan/server";
import { executionFolder } from "@capstan/storage";
import { type Assignment, parseAssignments, parseInputs } from "../options/assignments.ts";
import { assemble } from "../assemble.ts";
import { installedCatalogue } from "../catalogue.ts";
import { loadConfiguration } from "../configuration.ts";
import { openDataStore } from "../data-store.ts";
import { assertEachFlowOnce, type FlowFile, readFlowFile } from "../flow-files.ts";
import { checkInputNames, pathOf, readInput } from "../options/input-values.ts";
import { Mistake } from "../mistake.ts";
import { isPipeline, processEnvironment } from "../process-environment.ts";
import { createRunView } from "../run-view/create-run-view.ts";
import type { RunView } from "../run-view/run-view.ts";
import { stopSignal } from "../stop-signal.ts";
import { thirdPartyIn } from "../third-party/find-third-party.ts";
import { TENANT } from "../tenant.ts";
import { parseTimeLimit } from "../options/time-limit.ts";

export interface RunFlowOptions {
  readonly input?: readonly string[];
  readonly label?: readonly string[];
  readonly json?: boolean;
  readonly timeout?: string;
  readonly config?: string;
}

const PAUSED_NOTICE = "paused: in this throwaway instance nobody can resume it, only its own time — Ctrl-C ends it";

/** Runs a flow from its file in an instance of its own; 0 for SUCCESS and WARNING. */
export async function runFlow(paths: readonly string[], options: RunFlowOptions): Promise<number> {
  const limitMs = options.timeout === undefined ? undefined : parseTimeLimit("--timeout", options.timeout);
  const inputs = parseInputs(options.input);
  const labels = parseAssignments("--label", options.label ?? []);
  const reserved = labels.find(({ key }) => key.startsWith("system."));
  if (reserved !== undefined)
    throw new Mistake(
      `--label ${reserved.key}: labels that begin with system. are the system's own — choose another key`,
    );
  const environment = processEnvironment();
  const { configuration, settings: origins, warnings } = loadConfiguration(options.config, environment);
  const thirdParty = await thirdPartyIn(configuration);
  for (const warning of [...warnings, ...thirdParty.warnings]) process.stderr.write(`${warning}\n`);
  const files = await Promise.all(paths.map((path) => readFlowFile(path)));
  const catalogue = installedCatalogue(thirdParty.plugins);
  const flows = files.map((file) => checkedFlow(file, catalogue));
  assertEachFlowOnce(files.map(({ path }, place) => ({ path, ...flows[place]! })));
  const flow = flows[0]!;
  checkInputNames(
    flow.id,
    flow.inputs.map(({ id }) => id),
    inputs,
  );

  const isLevelChosen = origins.some(({ key, from }) => key === "logging.level" && from !== "default");
  const data = await mkdtemp(join(tmpdir(), "capstan-run-"));
  // A second Ctrl-C, or a reader that went away, ends the process without the `finally` below.
  const remove = () => rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  process.once("exit", remove);
  const level = isLevelChosen ? configuration.logging.level : "warn";
  const store = openDataStore(data);
  const settings = { ...configuration, data, logging: { level } };
  const { runtime } = assemble(settings, environment, store, { thirdParty, firesTriggers: false });
  const stop = stopSignal();
  await runtime.start();
  try {
    for (const file of files)
      await accepted(runtime.flows.save(TENANT, file.source, { mode: "apply" }), `${file.path} `);
    const id = runtime.executions.newId();
    const view = options.json === true ? undefined : createRunView(process.stdout, isPipeline(environment));
    const notice = (text: string) => (view === undefined ? void process.stderr.write(`${text}\n`) : view.notice(text));
    const limit = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
    limit?.addEventListener("abort", () => notice(`the time limit ${options.timeout} is over: killing the execution`));
    stop.signal.addEventListener("abort", () => notice("killing the execution — a second Ctrl-C ends capstan at once"));
    const signals = limit === undefined ? stop.signal : AbortSignal.any([stop.signal, limit]);
    const following = { id, view, stop: signals };
    const { row, taskRuns } = await follow(runtime, following, () => create(runtime, { flow, id, inputs, labels }));
    const answer = presentExecution(row, taskRuns);
    if (view === undefined) process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    else view.end(answer);
    return row.state === "SUCCESS" || row.state === "WARNING" ? 0 : 1;
  } finally {
    await runtime.stop({ graceMs: 1000 });
    process.off("exit", remove);
    remove();
    stop.release();
  }
}

function checkedFlow(file: FlowFile, catalogue: Catalogue): Flow {
  const { flow, diagnostics } = checkFlow(file.source, catalogue);
  const wanted = flow === undefined ? diagnostics : diagnostics.filter(({ severity }) => severity === "warning");
  const lines = wanted.map((diagnostic) => formatDiagnostic(file.path, diagnostic));
  if (flow === undefined) throw new Mistake(lines.join("\n"));
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
  return flow;
}

interface Start {
  readonly flow: Flow;
  readonly id: string;
  readonly inputs: readonly Assignment[];
  readonly labels: readonly Assignment[];
}

async function create(runtime: Runtime, { flow, id, inputs, labels }: Start): Promise<void> {
  const { namespace, id: flowId } = flow;
  const folder = executionFolder({ namespace, flowId, executionId: id });
  const values: Record<string, unknown> = {};
  for (const assignment of inputs) {
    const isFile = flow.inputs.some((input) => input.id === assignment.key && input.type === "FILE");
    values[assignment.key] = await inputValue(runtime, assignment, isFile, folder);
  }
  await accepted(
    runtime.executions.create({ tenant: TENANT, namespace, flowId, id, inputs: values, labels, from: "cli" }),
  );
}

/** Turns a refusal into a mistake with one line for each problem. */
async function accepted<Answer>(answer: Promise<Answer>, place = ""): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const lines = error.problems.length > 0 ? error.problems : [error.message];
    const remedy = error.code === "inputs-invalid" ? " — give inputs with --input id=value" : "";
    throw new Mistake(`${lines.map((line) => `${place}${error.code} ${line}`).join("\n")}${remedy}`, { cause: error });
  }
}

/** The text of an input; of a file, the URI under which it is stored. */
async function inputValue(runtime: Runtime, assignment: Assignment, isFile: boolean, folder: string): Promise<string> {
  const { key, value } = assignment;
  const path = pathOf(assignment, isFile);
  if (path === undefined) return value;
  const content = await readInput(key, path);
  if (!isFile) return content.toString("utf8");
  return runtime.storage.put(TENANT, `${folder}/inputs/${key}/${basename(path)}`, content);
}

interface Following {
  readonly id: string;
  readonly view: RunView | undefined;
  /** Kills the execution. */
  readonly stop: AbortSignal;
}

/** Starts an execution and shows it until its end. */
async function follow(
  { executions }: Runtime,
  { id, view, stop }: Following,
  start: () => Promise<void>,
): Promise<ExecutionWithRuns> {
  // Logs are heard from before the start: the first lines may come with the first commit.
  const logs = executions.followLogs(TENANT, id, ({ taskId, lines }) => {
    view?.log(lines.map(({ level, message }) => ({ level, message, taskId })));
  });
  const killed = Promise.withResolvers<never>();
  const kill = () => void executions.kill(TENANT, id).catch((error: unknown) => killed.reject(error));
  try {
    await start();
    stop.addEventListener("abort", kill, { once: true });
    if (stop.aborted) kill();
    let isPaused = false;
    // Each look at the changes reads them: nobody looks where nothing is shown.
    const changes =
      view &&
      executions.follow(TENANT, id, ({ row, taskRuns }) => {
        if (row.state === "PAUSED" && !isPaused) view.notice(PAUSED_NOTICE);
        isPaused = row.state === "PAUSED";
        view.update(presentExecution(row, taskRuns));
      });
    const ended = await Promise.race([executions.ended(TENANT, id), killed.promise]);
    changes?.stop();
    if (ended === undefined) throw new Error(`the execution ${id} is lost`);
    return ended;
  } finally {
    stop.removeEventListener("abort", kill);
    logs.stop();
  }
}
