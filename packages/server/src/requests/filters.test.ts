import type { ExecutionRow, FlowRow, KeyValueRow, LogBatch, TriggerRow } from "@capstan/store";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";
import type { FieldRule } from "./criteria.ts";
import { executionRules, flowRules, keyValueRules, logRules, namespaceRules, triggerRules } from "./filters.ts";

const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(NOW + hours * HOUR_MS).toISOString();

/** Ids of what a list answers, in its own order; the status when it refuses. */
async function finder() {
  const { call, runtime } = await setup();
  await runtime.store.commit({
    flows: FLOWS,
    executions: EXECUTIONS,
    logs: LOGS,
    triggers: TRIGGERS,
    keyValues: VALUES,
  });
  return async (path: string, query: string, idOf: (item: Record<string, unknown>) => unknown) => {
    const { status, json, text } = await call("GET", `${path}?size=100&${query}`);
    if (status !== 200) return `${status} ${text}`;
    const { results, total } = json as { results: Record<string, unknown>[]; total: number };
    expect(total).toBe(results.length);
    return results.map(idOf).join(" ");
  };
}

function flow(namespace: string, id: string, changes: Partial<FlowRow> = {}): FlowRow {
  const source = `id: ${id}\nnamespace: ${namespace}\ntasks: []\n`;
  const rest = { revision: 1, deleted: false, disabled: false, labels: {}, triggers: [], updatedAt: NOW };
  return { tenant: "main", namespace, id, source, ...rest, ...changes };
}
const FLOWS = [
  flow("company.data", "load", { labels: { team: "data", env: "prod" } }),
  flow("company.data.raw", "store", { labels: { team: "data" } }),
  flow("company", "report"),
  flow("system", "purge"),
  flow("other", "gone", { deleted: true }),
];

function execution(id: string, namespace: string, flowId: string, changes: Partial<ExecutionRow> = {}): ExecutionRow {
  const { createdAt = NOW, state = "SUCCESS" } = changes;
  const history = [
    { state: "CREATED", date: createdAt },
    { state, date: createdAt + HOUR_MS },
  ] as const;
  const rest = { flowRevision: 1, kind: "NORMAL", labels: [], inputs: {}, variables: {}, attemptNumber: 1 } as const;
  return { tenant: "main", id, namespace, flowId, state, history, originalId: id, createdAt, ...rest, ...changes };
}
const EXECUTIONS = [
  execution("e5", "other", "gone", { createdAt: NOW - 5 * HOUR_MS }),
  execution("e4", "company.data", "load", { createdAt: NOW - 4 * HOUR_MS, labels: [{ key: "env", value: "prod" }] }),
  execution("e3", "company.data.raw", "store", {
    createdAt: NOW - 3 * HOUR_MS,
    state: "FAILED",
    labels: [{ key: "env", value: "dev" }],
    trigger: { id: "t", type: "Flow", variables: { executionId: "e4" } },
  }),
  execution("e2", "company", "report", { createdAt: NOW - 2 * HOUR_MS, state: "RUNNING", kind: "TEST" }),
  execution("e1", "system", "purge", { createdAt: NOW - HOUR_MS, state: "KILLED" }),
];

/** Newest first. */
const EXECUTION_CASES: readonly (readonly [string, string])[] = [
  ["", "e1 e2 e3 e4 e5"],
  ["q=repo", "e2"],
  ["filters[q][EQUALS]=E4", "e4"],
  ["filters[query][CONTAINS]=data", "e3 e4"],
  ["filters[q][NOT_EQUALS]=data", "e1 e2 e5"],
  ["scope=USER", "e2 e3 e4 e5"],
  ["scope=SYSTEM", "e1"],
  ["scope=SYSTEM&scope=USER", "e1 e2 e3 e4 e5"],
  ["filters[scope][NOT_EQUALS]=SYSTEM", "e2 e3 e4 e5"],
  ["filters[scope][IN]=USER,SYSTEM", "e1 e2 e3 e4 e5"],
  ["namespace=company.data", "e3 e4"],
  ["namespace=company.data&scope=SYSTEM", ""],
  ["filters[namespace][EQUALS]=company", "e2"],
  ["filters[namespace][NOT_EQUALS]=company", "e1 e3 e4 e5"],
  ["filters[namespace][PREFIX]=company.data.", "e3 e4"],
  ["filters[namespace][IN]=company,system", "e1 e2"],
  ["filters[namespace][NOT_IN]=company,system", "e3 e4 e5"],
  ["filters[namespace][CONTAINS]=DATA", "e3 e4"],
  ["filters[namespace][STARTS_WITH]=comp", "e2 e3 e4"],
  ["filters[namespace][ENDS_WITH]=data", "e4"],
  ["filters[namespace][REGEX]=^(system|other)$", "e1 e5"],
  ["filters[namespace][REGEX]=dat.$", "e4"],
  ["filters[namespace][REGEX]=nothing", ""],
  ["filters[namespace][PREFIX]=company&filters[namespace][NOT_EQUALS]=company", "e3 e4"],
  ["flowId=load", "e4"],
  ["filters[flowId][EQUALS]=load", "e4"],
  ["filters[FLOW_ID][IN]=load,store", "e3 e4"],
  ["filters[flowId][NOT_EQUALS]=load", "e1 e2 e3 e5"],
  ["filters[flowId][NOT_IN]=load,store", "e1 e2 e5"],
  ["filters[flowId][CONTAINS]=o", "e2 e3 e4 e5"],
  ["filters[flowId][STARTS_WITH]=re", "e2"],
  ["filters[flowId][ENDS_WITH]=E", "e1 e3 e5"],
  ["filters[flowId][REGEX]=o.e", "e3 e5"],
  ["filters[kind][EQUALS]=TEST", "e2"],
  ["filters[kind][NOT_EQUALS]=TEST", "e1 e3 e4 e5"],
  ["filters[kind][IN]=TEST,PLAYGROUND", "e2"],
  ["filters[kind][NOT_IN]=TEST,NORMAL", ""],
  ["labels=env:prod", "e4"],
  ["filters[labels][EQUALS][env]=prod", "e4"],
  ["filters[labels][EQUALS]=env:prod", "e4"],
  ["filters[labels][NOT_EQUALS][env]=prod", "e1 e2 e3 e5"],
  ["filters[labels][IN][env]=prod,dev", "e3 e4"],
  ["filters[labels][NOT_IN][env]=prod,dev", "e1 e2 e5"],
  ["filters[labels][CONTAINS][env]=ro", "e4"],
  ["state=FAILED&state=KILLED", "e1 e3"],
  ["filters[state][EQUALS]=failed", "e3"],
  ["filters[state][NOT_EQUALS]=SUCCESS", "e1 e2 e3"],
  ["filters[state][IN]=RUNNING,SUCCESS", "e2 e4 e5"],
  ["filters[state][NOT_IN]=RUNNING,SUCCESS", "e1 e3"],
  ["filters[state][IN]=RUNNING,FAILED&filters[state][NOT_EQUALS]=FAILED", "e2"],
  ["filters[state][EQUALS]=RUNNING&filters[state][NOT_EQUALS]=RUNNING", ""],
  ["filters[kind][NOT_IN]=NORMAL,TEST,PLAYGROUND", ""],
  ["filters[scope][NOT_IN]=USER,SYSTEM", ""],
  [`startDate=${at(-3)}`, "e1 e2 e3"],
  [`filters[startDate][GREATER_THAN_OR_EQUAL_TO]=${at(-3)}`, "e1 e2 e3"],
  [`filters[startDate][GREATER_THAN]=${at(-3)}`, "e1 e2"],
  [`filters[startDate][LESS_THAN_OR_EQUAL_TO]=${at(-3)}`, "e3 e4 e5"],
  [`filters[startDate][LESS_THAN]=${at(-3)}`, "e4 e5"],
  [`filters[startDate][EQUALS]=${at(-3)}`, "e3"],
  [`filters[startDate][GREATER_THAN]=${at(-4)}&filters[startDate][LESS_THAN]=${at(-1)}`, "e2 e3"],
  [`startDate=${at(-5)}&filters[startDate][GREATER_THAN]=${at(-2)}`, "e1"],
  [`endDate=${at(-3)}`, "e4 e5"],
  [`filters[endDate][GREATER_THAN]=${at(-3)}`, "e1 e3"],
  [`filters[endDate][EQUALS]=${at(-2)}`, "e3"],
  [`dateFilter=START_DATE&startDate=${at(-4)}&endDate=${at(-3)}`, "e3 e4"],
  [`dateFilter=END_DATE&startDate=${at(-3)}&endDate=${at(-2)}`, "e3 e4"],
  ["timeRange=PT2H", "e1 e2"],
  ["filters[timeRange][EQUALS]=P1D", "e1 e2 e3 e4 e5"],
  ["triggerExecutionId=e4", "e3"],
  ["filters[triggerExecutionId][EQUALS]=e4", "e3"],
  ["filters[triggerExecutionId][NOT_EQUALS]=e4", "e1 e2 e4 e5"],
  ["filters[triggerExecutionId][IN]=e1,e4", "e3"],
  ["filters[triggerExecutionId][STARTS_WITH]=e", "e3"],
  ["childFilter=CHILD", "e3"],
  ["childFilter=MAIN", "e1 e2 e4 e5"],
  ["filters[childFilter][NOT_EQUALS]=CHILD", "e1 e2 e4 e5"],
  ["filters[q][EQUALS]=&filters[state][IN]=", "e1 e2 e3 e4 e5"],
  ["somebodys=parameter", "e1 e2 e3 e4 e5"],
];

test("every filter of executions finds exactly its matches", async () => {
  const find = await finder();
  for (const [query, expected] of EXECUTION_CASES)
    expect(await find("/executions/search", query, ({ id }) => id), query).toBe(expected);
});

const FLOW_CASES: readonly (readonly [string, string])[] = [
  ["", "report load store hello purge"],
  ["q=LOA", "load"],
  ["q=*", "report load store hello purge"],
  ["filters[q][NOT_EQUALS]=data", "report hello purge"],
  ["scope=USER", "report load store hello"],
  ["filters[scope][EQUALS]=SYSTEM", "purge"],
  ["namespace=company.data", "load store"],
  ["filters[namespace][EQUALS]=company.data", "load"],
  ["filters[namespace][ENDS_WITH]=raw", "store"],
  ["filters[namespace][REGEX]=company\\.data.*", "load store"],
  ["filters[flowId][EQUALS]=load", "load"],
  ["flowId=load", "load"],
  ["filters[flowId][NOT_IN]=load,store", "report hello purge"],
  ["filters[flowId][REGEX]=^[lh]", "load hello"],
  ["labels=team:data", "load store"],
  ["filters[labels][EQUALS][team]=data&filters[labels][EQUALS][env]=prod", "load"],
  ["filters[labels][NOT_EQUALS][env]=prod", "report store hello purge"],
  ["filters[labels][IN][env]=dev,prod", "load"],
];

test("every filter of flows finds exactly its matches", async () => {
  const find = await finder();
  for (const [query, expected] of FLOW_CASES)
    expect(await find("/flows/search", query, ({ id }) => id), query).toBe(expected);
});

const LOGS: readonly LogBatch[] = [
  {
    tenant: "main",
    namespace: "company.data",
    flowId: "load",
    executionId: "e4",
    taskId: "read",
    taskRunId: "r1",
    lines: [
      { time: NOW - 4 * HOUR_MS, level: "DEBUG", message: "a-reads" },
      { time: NOW - 3 * HOUR_MS, level: "WARN", message: "b-warns" },
    ],
  },
  {
    tenant: "main",
    namespace: "system",
    flowId: "purge",
    triggerId: "nightly",
    lines: [
      { time: NOW - 2 * HOUR_MS, level: "INFO", message: "c-fires" },
      { time: NOW - HOUR_MS, level: "ERROR", message: "d-fails" },
    ],
  },
];

const LOG_CASES: readonly (readonly [string, string])[] = [
  ["", "a b c d"],
  ["q=FAIL", "d"],
  ["filters[q][NOT_EQUALS]=s-", "a b c d"],
  ["filters[q][NOT_EQUALS]=fires", "a b d"],
  ["scope=SYSTEM", "c d"],
  ["filters[scope][EQUALS]=USER", "a b"],
  ["namespace=company", "a b"],
  ["filters[namespace][NOT_EQUALS]=system", "a b"],
  ["flowId=purge", "c d"],
  ["filters[flowId][REGEX]=^l", "a b"],
  ["triggerId=nightly", "c d"],
  ["filters[triggerId][STARTS_WITH]=night", "c d"],
  ["filters[triggerId][NOT_EQUALS]=nightly", "a b"],
  ["executionId=e4", "a b"],
  ["filters[executionId][IN]=e4,e9", "a b"],
  ["filters[executionId][NOT_EQUALS]=e4", "c d"],
  ["filters[taskId][EQUALS]=read", "a b"],
  ["filters[taskRunId][EQUALS]=r1", "a b"],
  ["minLevel=WARN", "b d"],
  ["filters[level][EQUALS]=WARN", "b d"],
  ["filters[level][NOT_EQUALS]=WARN", "a c"],
  ["filters[level][GREATER_THAN_OR_EQUAL_TO]=INFO", "b c d"],
  ["filters[level][IN]=DEBUG,WARN", "a b"],
  ["filters[level][NOT_IN]=DEBUG,WARN", "c d"],
  [`startDate=${at(-3)}&endDate=${at(-2)}`, "b c"],
  [`filters[startDate][GREATER_THAN]=${at(-3)}`, "c d"],
  [`filters[endDate][LESS_THAN]=${at(-2)}`, "a b"],
  ["timeRange=PT2H", "c d"],
  ["filters[timeRange][EQUALS]=PT1H", "d"],
];

test("every filter of logs finds exactly its matches", async () => {
  const find = await finder();
  for (const [query, expected] of LOG_CASES)
    expect(await find("/logs/search", query, ({ message }) => String(message)[0]), query).toBe(expected);
});

function trigger(namespace: string, flowId: string, triggerId: string, changes: Partial<TriggerRow> = {}): TriggerRow {
  return {
    tenant: "main",
    namespace,
    flowId,
    triggerId,
    type: "Schedule",
    disabled: false,
    updatedAt: NOW,
    ...changes,
  };
}
const TRIGGERS = [
  trigger("company", "report", "daily", { nextDate: NOW + HOUR_MS, date: NOW - 5 * HOUR_MS, executionId: "e2" }),
  trigger("company.data", "load", "hourly", { nextDate: NOW - HOUR_MS, date: NOW - HOUR_MS }),
  trigger("system", "purge", "nightly", { disabled: true }),
];

const TRIGGER_CASES: readonly (readonly [string, string])[] = [
  ["", "daily hourly nightly"],
  ["q=HOUR", "hourly"],
  ["filters[q][NOT_EQUALS]=company", "nightly"],
  ["scope=USER", "daily hourly"],
  ["namespace=company.data", "hourly"],
  ["filters[namespace][EQUALS]=company", "daily"],
  ["filters[namespace][REGEX]=m$", "nightly"],
  ["flowId=load", "hourly"],
  ["filters[flowId][IN]=load,purge", "hourly nightly"],
  ["triggerId=daily", "daily"],
  ["filters[triggerId][EQUALS]=daily", "daily"],
  ["filters[triggerId][NOT_EQUALS]=daily", "hourly nightly"],
  ["filters[triggerId][IN]=daily,nightly", "daily nightly"],
  ["filters[triggerId][NOT_IN]=daily,nightly", "hourly"],
  ["filters[triggerId][CONTAINS]=ur", "hourly"],
  ["filters[triggerId][ENDS_WITH]=ly", "daily hourly nightly"],
  ["workerId=w1", ""],
  ["filters[workerId][NOT_EQUALS]=w1", "daily hourly nightly"],
  ["filters[triggerState][EQUALS]=DISABLED", "nightly"],
  ["filters[triggerState][NOT_EQUALS]=DISABLED", "daily hourly"],
  ["filters[triggerState][IN]=ENABLED,DISABLED", "daily hourly nightly"],
  ["filters[locked][EQUALS]=true", "daily"],
  ["filters[locked][EQUALS]=false", "hourly nightly"],
  [`startDate=${at(0)}`, "daily"],
  [`endDate=${at(0)}`, "hourly"],
  [`filters[startDate][LESS_THAN]=${at(1)}`, "hourly"],
  ["timeRange=PT2H", "daily hourly"],
  ["timeRange=PT2H&dateFilter=LAST_TRIGGERED_DATE", "hourly"],
  [`startDate=${at(-6)}&endDate=${at(-4)}&dateFilter=LAST_TRIGGERED_DATE`, "daily"],
  [`startDate=${at(-6)}&dateFilter=NEXT_EXECUTION_DATE`, "daily hourly"],
  [`filters[nextExecutionDate][GREATER_THAN]=${at(0)}`, "daily"],
  [`filters[lastTriggeredDate][GREATER_THAN]=${at(-2)}`, "hourly"],
];

test("every filter of triggers finds exactly its matches", async () => {
  const find = await finder();
  const idOf = ({ trigger }: Record<string, unknown>) => (trigger as { id: string }).id;
  for (const [query, expected] of TRIGGER_CASES)
    expect(await find("/triggers/search", query, idOf), query).toBe(expected);
});

function keyValue(namespace: string, key: string, updatedAt: number): KeyValueRow {
  return { tenant: "main", namespace, key, value: 1, type: "NUMBER", createdAt: updatedAt, updatedAt };
}
const VALUES = [
  keyValue("company", "Token", NOW - 2 * HOUR_MS),
  keyValue("company.data", "rows", NOW - HOUR_MS),
  keyValue("without.flows", "rate", NOW),
];

const KEY_VALUE_CASES: readonly (readonly [string, string])[] = [
  ["", "Token rows rate"],
  ["q=TOK", "Token"],
  ["filters[q][NOT_EQUALS]=r", "Token"],
  ["namespace=company", "Token"],
  ["filters[namespace][PREFIX]=company", "Token rows"],
  ["filters[namespace][NOT_EQUALS]=company", "rows rate"],
  ["filters[key][IN]=rows,rate", "rows rate"],
  [`filters[updated][GREATER_THAN_OR_EQUAL_TO]=${at(-1)}`, "rows rate"],
  [`filters[updated][LESS_THAN]=${at(-1)}`, "Token"],
  ["sort=key:desc", "rows rate Token"],
  ["sort=updateDate:desc", "rate rows Token"],
];

test("every filter of key-values finds exactly its matches", async () => {
  const find = await finder();
  for (const [query, expected] of KEY_VALUE_CASES)
    expect(await find("/kv", query, ({ key }) => key), query).toBe(expected);
});

const NAMESPACE_CASES: readonly (readonly [string, string])[] = [
  ["", "company company.data company.data.raw company.team system"],
  ["q=DATA", "company.data company.data.raw"],
  ["filters[q][NOT_EQUALS]=data", "company company.team system"],
  ["existing=true&q=company.d", "company.data company.data.raw"],
  ["sort=id:desc", "system company.team company.data.raw company.data company"],
];

test("every filter of namespaces finds exactly its matches", async () => {
  const find = await finder();
  for (const [query, expected] of NAMESPACE_CASES)
    expect(await find("/namespaces/search", query, ({ id }) => id), query).toBe(expected);
});

test("only the namespaces that hold flows are there when only existing ones are asked for", async () => {
  const { call } = await setup();
  const ids = async (query: string) => (await call("GET", `/namespaces/search?${query}`)).json;
  expect(await ids("existing=true")).toMatchObject({ results: [{ id: "company.team" }], total: 1 });
  expect(await ids("filters[existingOnly][EQUALS]=true")).toMatchObject({ total: 1 });
  expect(await ids("existing=false")).toMatchObject({ total: 3 });
});

/** What is asked, and what the refusal has to say. */
const REFUSALS: readonly (readonly [path: string, status: number, text: string])[] = [
  ["/executions/search?filters[stat][EQUALS]=FAILED", 400, 'Unknown filter field "stat" — did you mean "state"?'],
  ["/executions/search?filters[colour][EQUALS]=red", 400, "Known are q, scope, namespace, flowId, kind, labels"],
  [
    "/executions/search?filters[state][EQUAL]=FAILED",
    400,
    'operator of the filter field state "EQUAL" — did you mean "EQUALS"?',
  ],
  ["/executions/search?filters[state][REGEX]=F.*", 400, "Known are EQUALS, NOT_EQUALS, IN, NOT_IN"],
  ["/executions/search?filters[state]=FAILED", 400, "write filters[field][OPERATOR]=value"],
  ["/executions/search?filters[state][EQUALS]=FAILD", 400, 'state can\'t be "FAILD" — did you mean "FAILED"?'],
  ["/executions/search?flowid=load", 400, 'Unknown parameter "flowid" — did you mean "flowId"?'],
  ["/executions/search?startDate=yesterday", 400, 'startDate is not a date such as 2026-01-31T08:00:00Z: "yesterday"'],
  ["/executions/search?timeRange=1h", 400, "timeRange is not an ISO-8601 duration such as PT24H"],
  ["/executions/search?timeRange=PT1H&startDate=2026-01-01", 422, "timeRange and startDate can't be given together"],
  ["/executions/search?labels=env", 422, 'A label is written key:value, not "env"'],
  ["/executions/search?filters[namespace][REGEX]=(", 400, 'namespace: "(" is no regular expression'],
  ["/executions/search?q=a&filters[q][EQUALS]=b", 400, "q is one text; it was given several"],
  ["/logs/search?q=a&filters[q][CONTAINS]=b", 400, "q is one text; it was given several"],
  ["/executions/search?filters[childFilter][NOT_IN]=CHILD,MAIN", 422, "childFilter can't be both CHILD and MAIN"],
  [
    "/triggers/search?filters[triggerState][EQUALS]=ENABLED&triggerState=DISABLED",
    422,
    "triggerState can't be both DISABLED and ENABLED, or neither",
  ],
  ["/executions/search?dateFilter=SOME_DATE", 400, "it is one of START_DATE, END_DATE"],
  ["/flows/search?filters[flowID][EQUALS]=a&filters[state][EQUALS]=b", 400, 'Unknown filter field "state"'],
  ["/triggers/search?filters[triggerState][EQUALS]=OFF", 400, "It is one of DISABLED, ENABLED"],
  ["/triggers/search?dateFilter=START_DATE", 400, "it is one of NEXT_EXECUTION_DATE, LAST_TRIGGERED_DATE"],
  ["/logs/search?filters[level][EQUALS]=WARNN", 400, 'did you mean "WARN"?'],
  ["/kv?filters[name][EQUALS]=a", 400, 'Unknown filter field "name"'],
  ["/kv?sort=value:asc", 422, "write <key>:asc or <key>:desc with key, namespace, updateDate, expirationDate"],
  ["/namespaces/search?filters[id][EQUALS]=a", 400, 'Unknown filter field "id"'],
  ["/namespaces/search?existing=perhaps", 400, "It is one of true, false"],
  ["/namespaces/search?sort=colour:asc", 422, "write <key>:asc or <key>:desc with id"],
];

test.each(REFUSALS)("%s is refused with what would be right", async (path, status, text) => {
  const { call } = await setup();
  const answer = await call("GET", path);
  expect([answer.status, (answer.json as { message: string }).message]).toEqual([
    status,
    expect.stringContaining(text),
  ]);
});

type Rules = Readonly<Record<string, Pick<FieldRule<never>, "flat" | "operators">>>;
const DOCUMENTED: readonly (readonly [string, Rules])[] = [
  ["Executions", executionRules()],
  ["Flows", flowRules],
  ["Logs", logRules],
  ["Triggers", triggerRules()],
  ["Key-values", keyValueRules],
  ["Namespaces", namespaceRules],
];

test.each(DOCUMENTED)("the reference names every filter of %s", async (title, rules) => {
  const page = await readFile(new URL("../../../../docs/reference/filters.md", import.meta.url), "utf8");
  const section = page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = Array.from(section.matchAll(/^\| `(\w+)` *\| (.*?) *\|$/gm), ([, field, operators]) => [
    field,
    operators,
  ]);
  const expected = Object.entries(rules).map(([field, { flat, operators }]) => [
    field,
    operators.map((one) => (one === flat ? `**${one}**` : one)).join(", "),
  ]);
  expect(rows).toEqual(expected);
});

test("a pattern that would take exponential time elsewhere is answered", async () => {
  const { call, runtime } = await setup();
  const [namespace, id] = [`${"a".repeat(60)}.b`, "slow"];
  await runtime.store.commit({ flows: [flow(namespace, id)] });
  const query = `filters[namespace][REGEX]=${encodeURIComponent("^(a+)+$|^(a|a)+.b$")}`;
  expect((await call("GET", `/flows/search?${query}`)).json).toMatchObject({ results: [{ id }], total: 1 });
});
