import { FLOWS, flowNamed, SELDOM } from "./history-patterns.ts";

/** What a question is about, another one each time. */
export interface Subject {
  /** A number between 0 and 1. */
  readonly chance: number;
  /** An instant within the history, in epoch milliseconds. */
  readonly time: number;
  /** Ids of executions: one of then, one that caused others, and one with a label of its own. */
  readonly executionId: string;
  readonly causeId: string;
}

export interface Question {
  readonly what: string;
  /** A path of the API, behind the tenant. */
  readonly path: (subject: Subject) => string;
  /** Of a question that is posted. */
  readonly body?: unknown;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const at = (time: number) => new Date(time).toISOString();
const flowOf = ({ chance }: Subject) => flowNamed(Math.floor(chance * FLOWS));
const seldom = flowNamed(SELDOM);
const exactly = (field: string, value: string) => `filters[${field}][EQUALS]=${value}`;
const range = ({ time }: Subject, lengthMs: number) =>
  `dateFilter=START_DATE&startDate=${at(time)}&endDate=${at(time + lengthMs)}`;

/** A list of executions by so much of a query. */
function executions(what: string, query: (subject: Subject) => string): Question {
  return { what: `executions ${what}`, path: (subject) => `executions/search?size=25&${query(subject)}` };
}

function logs(what: string, query: (subject: Subject) => string): Question {
  return { what: `log lines ${what}`, path: (subject) => `logs/search?size=50&${query(subject)}` };
}

const NEWEST_LINES = "sort=timestamp:desc";

const LATEST = Array.from({ length: 100 }, (_, number) => flowNamed(number * 10)).map(({ namespace, flowId: id }) => ({
  namespace,
  id,
}));

/** Every list of the API that grows with the history, by each of its filters. */
export const QUESTIONS: readonly Question[] = [
  executions("of all kinds", () => ""),
  executions("on page 40", () => "page=40"),
  executions("the oldest first", () => "sort=state.startDate:asc"),
  executions("by id", () => "sort=id:desc"),
  executions("that succeeded", () => "state=SUCCESS"),
  executions("that failed", () => "state=FAILED"),
  executions("that were killed", () => "state=KILLED"),
  executions("that did not succeed", () => "state=FAILED&state=WARNING&state=KILLED&state=RUNNING"),
  executions("that live", () => "state=RUNNING&state=PAUSED&state=QUEUED"),
  executions("in a state that none has", () => "state=CANCELLED"),
  executions("of a flow", (subject) => {
    const { namespace, flowId } = flowOf(subject);
    return `${exactly("namespace", namespace)}&flowId=${flowId}`;
  }),
  executions("of a flow that failed", (subject) => {
    const { namespace, flowId } = flowOf(subject);
    return `${exactly("namespace", namespace)}&flowId=${flowId}&state=FAILED`;
  }),
  executions("of a flow, its namespace unsaid", (subject) => `flowId=${flowOf(subject).flowId}`),
  executions("of a flow that ran long ago", () => `${exactly("namespace", seldom.namespace)}&flowId=${seldom.flowId}`),
  executions("of a flow that ran long ago, its namespace unsaid", () => `flowId=${seldom.flowId}`),
  executions("of a namespace", (subject) => exactly("namespace", flowOf(subject).namespace)),
  executions("of a namespace with those below", (subject) => `namespace=${flowOf(subject).namespace}`),
  executions("of a namespace of long ago", () => exactly("namespace", seldom.namespace)),
  executions("of a namespace of long ago with those below", () => `namespace=${seldom.namespace}`),
  executions("of a namespace that failed", (subject) => `namespace=${flowOf(subject).namespace}&state=FAILED`),
  executions("of all users' namespaces", () => "scope=USER"),
  executions("of an hour", (subject) => range(subject, HOUR_MS)),
  executions("of a day", (subject) => range(subject, DAY_MS)),
  executions("of a week", (subject) => range(subject, 7 * DAY_MS)),
  executions("of a week that failed", (subject) => `${range(subject, 7 * DAY_MS)}&state=FAILED`),
  executions("until an instant", ({ time }) => `filters[startDate][LESS_THAN]=${at(time)}`),
  executions("that ended until an instant", ({ time }) => `endDate=${at(time)}`),
  executions("of the last day", () => "timeRange=P1D"),
  executions("with a label that many have", () => "labels=env:prod"),
  executions("with a label that some have", ({ chance }) => `labels=team:team${Math.floor(chance * 5)}`),
  executions("with a label that few have", ({ causeId }) => `labels=order:${causeId}`),
  executions("with a label that none has", () => "labels=order:none"),
  executions("with two labels", ({ causeId }) => `labels=env:prod&labels=order:${causeId}`),
  executions("with one of two values of a label", () => "filters[labels][IN][team]=team1,team3"),
  executions("with a correlation", ({ causeId }) => `labels=system.correlationId:${causeId}`),
  executions("caused by one", ({ causeId }) => `triggerExecutionId=${causeId}`),
  executions("caused by any", () => "childFilter=CHILD"),
  executions("caused by none", () => "childFilter=MAIN"),
  executions("of a kind", () => exactly("kind", "NORMAL")),
  executions("of a kind that none is of", () => exactly("kind", "TEST")),
  executions("by an id as text", ({ executionId }) => `q=${executionId}`),
  executions("by the beginning of flows", () => "filters[flowId][STARTS_WITH]=scheduled-5"),
  { what: "task runs of the newest", path: () => "taskruns/search?size=25" },
  { what: "task runs of a flow", path: (subject) => `taskruns/search?size=25&flowId=${flowOf(subject).flowId}` },
  { what: "an execution", path: ({ executionId }) => `executions/${executionId}` },
  { what: "the log of an execution", path: ({ executionId }) => `logs/${executionId}` },
  { what: "the metrics of an execution", path: ({ executionId }) => `metrics/${executionId}` },
  logs("of all kinds", () => NEWEST_LINES),
  logs("on page 40", () => `${NEWEST_LINES}&page=40`),
  logs("the oldest first", () => "sort=timestamp:asc"),
  logs("that are errors", () => `${NEWEST_LINES}&minLevel=ERROR`),
  logs("of a flow", (subject) => `${NEWEST_LINES}&flowId=${flowOf(subject).flowId}`),
  logs("of a namespace", (subject) => `${NEWEST_LINES}&namespace=${flowOf(subject).namespace}`),
  logs("of an hour", ({ time }) => `${NEWEST_LINES}&startDate=${at(time)}&endDate=${at(time + HOUR_MS)}`),
  logs("until an instant", ({ time }) => `${NEWEST_LINES}&endDate=${at(time)}`),
  logs("of an execution", ({ executionId }) => `executionId=${executionId}`),
  logs("of an execution with a text", ({ executionId }) => `executionId=${executionId}&q=rows`),
  { what: "the latest executions of flows", path: () => "executions/latest", body: LATEST },
  { what: "flows", path: () => "flows/search?size=25" },
  { what: "triggers", path: () => "triggers/search?size=25" },
];
