import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkFlow } from "./check-flow.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { permissiveCatalogue } from "./testing/permissive-catalogue.ts";

const CORPUS = process.env["CAPSTAN_CORPUS"] ?? "";
const SEED = `${CORPUS}/../seed`;
const catalogue = permissiveCatalogue();

interface Sample {
  readonly name: string;
  readonly source: string;
}

function samplesIn(folder: string): Sample[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return names.map((name) => ({ name, source: readFileSync(`${folder}/${name}`, "utf8") }));
}

function shown({ name, source }: Sample): string[] {
  return checkFlow(source, catalogue).diagnostics.map((diagnostic) => formatDiagnostic(name, diagnostic));
}

const valids = samplesIn(`${CORPUS}/kestra/valids`);
const invalids = samplesIn(`${CORPUS}/kestra/invalids`);
const blueprints = samplesIn(`${CORPUS}/kestra/blueprints`);

describe.skipIf(valids.length === 0)("flows that run", () => {
  test.each(valids)("$name is accepted", (sample) => {
    const { flow, diagnostics } = checkFlow(sample.source, catalogue);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(flow).toBeDefined();
    expect(JSON.parse(JSON.stringify(flow))).toEqual(flow);
  });

  test("the flow of inputs has 29 of them, 11 required", () => {
    const sample = valids.find(({ name }) => name === "inputs.yaml")!;
    const inputs = checkFlow(sample.source, catalogue).flow?.inputs ?? [];
    expect(inputs).toHaveLength(29);
    expect(inputs.filter(({ required, defaults }) => required && defaults === undefined).map(({ id }) => id)).toEqual([
      "string",
      "enum",
      "int",
      "float",
      "instant",
      "file",
      "secret",
      "array",
    ]);
    expect(inputs.filter(({ required }) => required)).toHaveLength(11);
  });

  test("expressions that fail when they run are told and not refused", () => {
    const told = valids.flatMap((sample) =>
      shown(sample).filter((line) => / unknown-(?:variable|input|task) /.test(line)),
    );
    expect(told.map((line) => line.split(" — ", 1)[0])).toEqual([
      "each-sequential.yaml:17:69 unknown-variable warning: unknown variable `ko`",
      "failed-first.yaml:7:14 unknown-variable warning: unknown variable `missingVar`",
      'task-flow-dynamic.yaml:14:19 unknown-input warning: the flow declares no input "namespace"',
      'task-flow-dynamic.yaml:15:16 unknown-input warning: the flow declares no input "flowId"',
      'task-runif.yml:20:16 unknown-task warning: no task has the id "notexists"',
      "working-directory.yaml:15:55 unknown-variable warning: unknown variable `ko`",
    ]);
  });
});

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "dag-notexist-task.yaml": ["17:13 Not existing task id in dependency: taskX"],
  "duplicate.yaml": [
    "14:9 Duplicate task id with name [date, listen]",
    "37:9 Duplicate trigger id with name [trigger]",
  ],
  "duplicate-inputs.yaml": ["8:9 Duplicate input with name [first_input]"],
  "duplicate-key.yaml": ["10:7 Duplicate field 'variables.tf'"],
  "duplicate-parallel.yaml": ["38:29 Duplicate task id with name [t3]"],
  "inputs.yaml": ["4:5 `type` is missing", '4:9 invalid id "wrong one"'],
  "inputs-bad-type.yaml": ['4:9 invalid id "wrong one"', "5:11 Invalid type: FOO"],
  "inputs-bad-validator-syntax.yaml": ["6:16 `validator` is no valid regular expression"],
  "invalid.yaml": ['1:5 invalid id "my#flow"', '2:12 invalid namespace "MY$NAMESPACE"', "4:3 `id` is missing"],
  "invalid-parallel.yaml": [
    '1:5 invalid id ""',
    '2:12 invalid namespace ""',
    "12:5 `tasks` must not be empty",
    "18:5 `tasks` must not be empty",
    "22:5 `tasks` must not be empty",
  ],
  "invalid-property.yaml": ['7:5 Unrecognized field "invalid"'],
  "listener.yaml": ["7:5 `tasks` must not be empty", "9:5 `tasks` must not be empty"],
  "recursive-flow.yaml": ["7:13 Recursive call to flow [io.kestra.tests.recursive-flow]"],
  "switch-invalid.yaml": ["12:5 impossible: No task defined, neither cases or default have any tasks"],
  "workingdirectory-invalid.yaml": [
    "12:15 impossible: Only runnable tasks are allowed as children of a WorkingDirectory task",
  ],
  "workingdirectory-no-tasks.yaml": ["5:5 impossible: The 'tasks' property cannot be empty"],
};

describe.skipIf(invalids.length === 0)("flows that are refused", () => {
  test.each(invalids)("$name is refused at the right places", ({ name, source }) => {
    const { flow, diagnostics } = checkFlow(source, catalogue);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const places = errors.map(({ message, range }) => `${range.start.line}:${range.start.column} ${message}`);
    expect(flow).toBeUndefined();
    expect(places).toEqual(REFUSED[name]?.map((expected) => expect.stringContaining(expected)));
  });
});

/** Codes that a flow of the catalogue may carry without anything being wrong with the checker. */
const EXPECTED_CODES = [
  "default-unused",
  "deprecated",
  "ignored-property",
  "required-input-of-trigger",
  "unescaped-json",
  "unknown-type",
];

describe.skipIf(blueprints.length === 0)("flows of the catalogue", () => {
  test("only real mistakes are found, one flow breaks a rule of the language", () => {
    const found = blueprints.flatMap((sample) =>
      shown(sample)
        .filter((line) => !EXPECTED_CODES.some((code) => line.includes(` ${code} `)))
        .map((line) => line.split(" — ", 1)[0]!),
    );
    const firstOfEach = Map.groupBy(found, (line) => line.replace(/:\d+:\d+/, ""))
      .values()
      .map(([first]) => first);
    expect([...firstOfEach]).toMatchInlineSnapshot(`
      [
        "ai-document-data-extraction.yaml:192:114 unknown-filter warning: Filter [ternary] does not exist",
        "ai-gdpr-breach-notification.yaml:24:15 invalid-default warning: the default of input "severity" must be one of "Low, unlikely to result in risk to individuals", "Medium, risk to individuals but limited scope", "High, high risk to rights and freedoms", "Critical, large-scale, sensitive data exposed", but is "High"",
        "ai-gdpr-dpia-assistant.yaml:175:95 unknown-filter warning: Filter [truncate] does not exist",
        "ai-stock-analysis-alerts.yaml:47:28 unknown-output warning: task "fetch_market_data" (io.kestra.plugin.core.flow.ForEach) has no outputs",
        "ansible-deploy-configuration.yaml:24:29 output-file-not-declared warning: task "aws_setup" keeps no file "ss-key.pem": its \`outputFiles\` don't cover it",
        "argocd-single-tenant-wave-rollout.yaml:131:68 variable-not-here warning: \`taskrun.value\` does not exist here: only a task directly inside a loop has one",
        "aws-log-shipper.yaml:16:21 undeclared-variable warning: the flow declares no variable "region"",
        "cloudflare-multizone-dns-from-git.yaml:43:75 unknown-filter warning: Filter [fromJson] does not exist",
        "dropbox-backup-to-s3.yaml:88:55 expression-syntax warning: invalid expression: Expected ",", not "T"",
        "fabric-end-to-end-pipeline.yaml:21:30 unknown-filter warning: Filter [dateFormat] does not exist",
        "fabric-onelake-download-and-process.yaml:44:35 unknown-filter warning: Filter [dateFormat] does not exist",
        "fabric-run-data-pipeline.yaml:18:25 unknown-filter warning: Filter [dateFormat] does not exist",
        "hackernews-etl-to-postgres.yaml:39:29 unknown-output warning: task "fetch_stories" (io.kestra.plugin.core.flow.ForEach) has no outputs",
        "influxdb-load-query-data.yaml:5:21 unknown-function warning: Function or macro [secrets] does not exist",
        "klaviyo-send-job-monitoring.yaml:93:66 variable-not-here warning: \`taskrun.value\` does not exist here: only a task directly inside a loop has one",
        "odoo-export-invoices-to-warehouse.yaml:45:36 unrendered-variable warning: \`vars.window_date\` holds an expression, which is printed as it stands",
        "odoo-export-invoices-to-warehouse.yaml:81:14 unrendered-variable warning: \`vars.s3_key\` holds an expression, which is printed as it stands",
        "opa-policy-gate-ci.yaml:53:15 working-directory-child policy_gate: Only runnable tasks are allowed as children of a WorkingDirectory task",
        "oracle-report-to-email.yaml:40:16 unrendered-variable warning: \`vars.report_day\` holds an expression, which is printed as it stands",
        "service-now-custom-table.yaml:41:26 variable-not-here warning: \`taskrun.value\` does not exist here: only a task directly inside a loop has one",
        "ssl-certificate-expiry-monitor.yaml:89:27 variable-not-here warning: \`taskrun.value\` does not exist here: only a task directly inside a loop has one",
        "vertica-trigger-on-new-rows.yaml:31:21 unrendered-variable warning: \`vars.order_ids\` holds an expression, which is printed as it stands",
        "website-monitoring-with-alerts.yaml:40:34 variable-not-here warning: \`taskrun.value\` does not exist here: only a task directly inside a loop has one",
      ]
    `);
  });

  test("no core type is unknown", () => {
    const unknown = blueprints.flatMap((sample) => shown(sample).filter((line) => line.includes("invalid-type")));
    expect(unknown).toEqual([]);
  });
});

const seeds = samplesIn(SEED).filter(({ source }) => source.startsWith("id: "));

describe.skipIf(seeds.length === 0)("flows from before they were checked", () => {
  test("they load as they stand, and their slips are shown", () => {
    const told = seeds.flatMap((sample) => {
      expect(checkFlow(sample.source, catalogue).flow).toBeDefined();
      return shown(sample).filter((line) => !/ (?:unknown-type|deprecated) /.test(line));
    });
    expect(told.map((line) => line.replace(/ warning: .*? — /, ": "))).toEqual([
      expect.stringMatching(/^analyze-errors\.yaml:42:65 unescaped-json: .* toJson }}/),
      expect.stringMatching(
        /^analyze-errors\.yaml:45:9 required-input-of-trigger: a field of the request's body or query/,
      ),
      'backup-pipeline.yaml:16:15 output-file-not-declared: write the file to the task\'s working directory and add `outputFiles: ["backup.sql.gz"]` to task "snapshot-databases"',
    ]);
  });
});

const all = [...valids, ...blueprints];

test.skipIf(all.length < 300)("four hundred flows are checked within two seconds of processor time", () => {
  const many = [...all, ...all].slice(0, 400);
  for (const { source } of many.slice(0, 20)) checkFlow(source, catalogue);
  const start = process.cpuUsage();
  for (const { source } of many) checkFlow(source, catalogue);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(2_000);
});
