import { anyMap, anyValue, dynamic, parseJsonValue, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const list = (what: string) => anyValue().optional().describe(`${what}: a list, or its JSON.`);
const map = (what: string) => anyValue().optional().describe(`${what}: a map, or its JSON.`);
const source = () => dynamic(z.enum(["GIT", "WORKSPACE"])).describe("WORKSPACE or GIT.");

const packaged = () =>
  z.object({
    _package: text().optional().describe("Name of the package."),
    package: text().optional().describe("Name of the package."),
    repo: text().optional().describe("Where it is found."),
  });

const library = () =>
  z.object({
    jar: text().optional().describe("URI of a JAR."),
    egg: text().optional().describe("URI of an egg."),
    whl: text().optional().describe("URI of a wheel."),
    pypi: packaged().optional().describe("A package of PyPI."),
    cran: packaged().optional().describe("A package of CRAN."),
    maven: z
      .object({
        coordinates: text().optional().describe("Such as org.jsoup:jsoup:1.7.2."),
        repo: text().optional().describe("Where it is found."),
        exclusions: z.array(text()).optional().describe("Dependencies to leave out."),
      })
      .optional()
      .describe("A package of Maven."),
  });

/** What a task of a one-time run may be. */
const runKinds = () => ({
  notebookTask: z
    .object({
      notebookPath: text().describe("Path of the notebook."),
      source: source().optional(),
      baseParameters: map("Parameters of the notebook"),
    })
    .optional()
    .describe("Runs a notebook."),
  sparkSubmitTask: z
    .object({ parameters: list("Arguments of spark-submit") })
    .optional()
    .describe("Runs spark-submit."),
  sparkJarTask: z
    .object({
      jarUri: text().optional().describe("URI of the JAR."),
      mainClassName: text().optional().describe("Class to run."),
      parameters: list("Arguments"),
    })
    .optional()
    .describe("Runs a class of a JAR."),
  sparkPythonTask: z
    .object({
      pythonFile: text().describe("Path or URI of the file."),
      sparkPythonTaskSource: source().optional(),
      parameters: list("Arguments"),
    })
    .optional()
    .describe("Runs a Python file."),
  pythonWheelTask: z
    .object({
      packageName: text().optional().describe("Name of the package."),
      entryPoint: text().optional().describe("What of it is run."),
      parameters: list("Arguments"),
      namedParameters: map("Arguments by name"),
    })
    .optional()
    .describe("Runs a package of a wheel."),
  pipelineTask: z
    .object({
      pipelineId: text().describe("Id of the pipeline."),
      fullRefresh: dynamic(z.boolean()).optional().describe("Whether all is computed anew."),
    })
    .optional()
    .describe("Runs a pipeline."),
  runJobTask: z
    .object({
      jobId: dynamic(z.coerce.number()).describe("Id of the job."),
      jobParameters: map("Parameters of the job"),
    })
    .optional()
    .describe("Runs another job."),
  sqlTask: z
    .object({
      warehouseId: text().optional().describe("Id of the SQL warehouse."),
      queryId: text().optional().describe("Id of the query."),
      parameters: map("Parameters of the query"),
    })
    .optional()
    .describe("Runs a query."),
  dbtTask: z
    .object({
      commands: z.array(text()).optional().describe("Commands of dbt."),
      catalog: text().optional().describe("Catalog to write to."),
      schema: text().optional().describe("Schema to write to."),
      warehouseId: text().optional().describe("Id of the SQL warehouse."),
    })
    .optional()
    .describe("Runs dbt."),
});

/** A task of a job, as flows write it. */
export const taskSetting = () =>
  z.object({
    taskKey: text().optional().describe("Name of the task within the job."),
    description: text().optional().describe("What it does, for people."),
    existingClusterId: text().optional().describe("Id of the cluster to run on. Without, it is serverless."),
    timeoutSeconds: dynamic(z.int()).optional().describe("Seconds that it may run."),
    dependsOn: z.array(text()).optional().describe("Keys of the tasks that end before."),
    libraries: z.array(library()).optional().describe("What is installed before."),
    ...runKinds(),
    settings: anyMap()
      .optional()
      .describe("What else Databricks takes of a task, in its own words, such as `new_cluster`."),
  });

export type TaskSetting = z.output<ReturnType<typeof taskSetting>>;

/** A task in the words of the API. */
export function apiTask({ dependsOn, settings, ...setting }: TaskSetting): Record<string, unknown> {
  return {
    ...snakeCased(setting),
    ...(dependsOn !== undefined && { depends_on: dependsOn.map((key) => ({ task_key: key })) }),
    ...settings,
  };
}

const RENAMED: Readonly<Record<string, string>> = { sparkPythonTaskSource: "source", _package: "package" };
/** Their keys are the user's, and a text in their place is JSON. */
const GIVEN = new Set(["baseParameters", "namedParameters", "jobParameters", "parameters"]);

function snakeCased(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [nameOf(key), GIVEN.has(key) ? given(key, inner) : worded(inner)]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function worded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => worded(one));
  return typeof value === "object" && value !== null ? snakeCased(value as Record<string, unknown>) : value;
}

function nameOf(key: string): string {
  return RENAMED[key] ?? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function given(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return parseJsonValue(value);
  } catch (error) {
    throw new TaskFailure(
      `\`${key}\` is a text that is no JSON. Write a list or a map, or quote values with \`toJson\`.`,
      {
        cause: error,
      },
    );
  }
}
