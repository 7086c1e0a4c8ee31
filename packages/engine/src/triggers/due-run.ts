import { LazyMap } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { Label } from "../execution/execution.ts";
import { LOOK_AHEAD_MS } from "./cron/cron.ts";
import { offsetDateText } from "./cron/calendar.ts";
import type { Schedule } from "./schedule.ts";
import { type TriggerState, without } from "./trigger-state.ts";

/*
 * A scheduled trigger is in one of these situations:
 *   waiting      `nextDate` lies ahead (or is a candidate whose conditions have yet to be asked)
 *   due          `nextDate` has come: a step fires it, or moves on when its conditions don't hold
 *   backfilling  `backfill` is there and not paused: a step fires its next date; `nextDate` stands still meanwhile
 *   locked       `executionId` is there: nothing is due until the execution ends (allowConcurrent never sets it)
 *   disabled     nothing is due; enabling starts anew from that moment
 *   exhausted    no `nextDate`: no date within ten years
 * waiting → due by the clock; due → waiting or locked by a step; locked → due by `unlocked`, which applies the policy for
 * missed dates; backfilling → waiting when the last date of the range was fired.
 */

/** Whether the conditions hold for a candidate date, or why that can't be said. */
export type AskConditions = (variables: LazyMap) => { readonly holds: boolean } | { readonly failure: string };

/** One execution to create. */
export interface DueRun {
  /** Logical date, epoch milliseconds. */
  readonly date: number;
  /** What `trigger` shows. */
  readonly variables: JsonMap;
  /** The conditions could not be evaluated: the execution is created as FAILED, so that the mistake is seen once per date. */
  readonly failure?: string;
  /** Extra inputs and labels, when the date belongs to a backfill. */
  readonly backfill?: { readonly inputs: JsonMap; readonly labels: readonly Label[] };
}

export interface DueStep<State extends TriggerState> {
  readonly fire?: DueRun;
  readonly state: State;
}

/** Candidates that one search asks; beyond it `nextDate` is the candidate at which to go on. */
export const CANDIDATES_MAX = 1_000;

const ALWAYS: AskConditions = () => ({ holds: true });

/** When to look at the trigger next, epoch milliseconds; undefined while nothing but an event can make it due. */
export function dueAt(state: TriggerState): number | undefined {
  if (state.disabled || state.executionId !== undefined) return undefined;
  if (state.backfill !== undefined && !state.backfill.paused) return -Infinity;
  return state.nextDate;
}

/** The state of a trigger that was just created, enabled or given another cron: its first date comes after now. */
export function startedAnew<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions = ALWAYS,
): State {
  return withNextDate(state, nextCandidate(schedule, now, ask));
}

/** Applies the policy for dates that passed while the process was down, or the trigger locked. */
export function recovered<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions = ALWAYS,
): State {
  if (state.nextDate === undefined) return startedAnew(state, schedule, now, ask);
  if (state.nextDate > now) return state;
  switch (schedule.recover) {
    case "ALL":
      return state;
    case "LAST": {
      const last = previousMatch(schedule, now + 1, ask);
      return last === undefined || last <= state.nextDate ? state : withNextDate(state, last);
    }
    case "NONE":
      return startedAnew(state, schedule, now, ask);
    default:
      return schedule.recover satisfies never;
  }
}

/** The execution that locked the trigger ended. */
export function unlocked<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions = ALWAYS,
): State {
  return recovered(without(state, "executionId"), schedule, now, ask);
}

/**
 * One step of a trigger that is due (see `dueAt`): at most one run, and the state that is to be stored with it. The caller
 * sets `executionId` when the run locks the trigger. Without a run, the state tells when to look again.
 */
export function dueRun<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions = ALWAYS,
): DueStep<State> {
  if (state.backfill !== undefined && !state.backfill.paused) return backfillStep(state, schedule, now, ask);
  const date = state.nextDate;
  if (date === undefined || date > now) return { state };
  const latest = schedule.lateMaximumDelayMs;
  if (latest !== undefined && now - date > latest) {
    return { state: withNextDate(state, nextCandidate(schedule, now - latest - 1, ask)) };
  }
  const fire = runAt(schedule, date, ask);
  const evaluated = fire === undefined ? state : { ...state, date };
  return {
    ...(fire === undefined ? {} : { fire }),
    state: withNextDate(evaluated, nextCandidate(schedule, date, ask)),
  };
}

function backfillStep<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions,
): DueStep<State> {
  const backfill = state.backfill!;
  const date = schedule.next(backfill.currentDate - 1);
  if (date === undefined || date > backfill.end) return { state: endBackfill(state, schedule, now, ask) };
  const run = runAt(schedule, date, ask);
  const following = nextCandidate(schedule, date, ask);
  const isLast = following === undefined || following > backfill.end;
  const moved = isLast
    ? endBackfill(state, schedule, now, ask)
    : { ...state, backfill: { ...backfill, currentDate: following } };
  if (run === undefined) return { state: moved };
  const { inputs, labels } = backfill;
  return { fire: { ...run, backfill: { inputs, labels } }, state: { ...moved, date } };
}

function endBackfill<State extends TriggerState>(
  state: State,
  schedule: Schedule,
  now: number,
  ask: AskConditions,
): State {
  return recovered(without(state, "backfill"), schedule, now, ask);
}

function runAt(schedule: Schedule, date: number, ask: AskConditions): DueRun | undefined {
  const answer = ask(candidateVariables(schedule, date));
  if ("holds" in answer && !answer.holds) return undefined;
  const failed = "failure" in answer;
  const next = failed ? schedule.next(date) : nextMatch(schedule, date, ask);
  const previous = failed ? schedule.previous(date) : previousMatch(schedule, date, ask);
  const text = (moment: number) => offsetDateText(moment, schedule.offsetMsAt(moment));
  const variables = {
    date: text(date),
    ...(next === undefined ? {} : { next: text(next) }),
    ...(previous === undefined ? {} : { previous: text(previous) }),
  };
  return failed ? { date, variables, failure: answer.failure } : { date, variables };
}

/** What `trigger` shows to the conditions of a date. */
export function candidateVariables(schedule: Schedule, date: number): LazyMap {
  return new CandidateVariables(schedule, date);
}

/** `date`, `next` and `previous` of a candidate, each computed when a condition reads it; the neighbours are candidates too. */
class CandidateVariables extends LazyMap {
  readonly #schedule: Schedule;
  readonly #date: number;
  constructor(schedule: Schedule, date: number) {
    super();
    this.#schedule = schedule;
    this.#date = date;
  }
  override get(key: string): unknown {
    switch (key) {
      case "date":
        return this.#text(this.#date);
      case "next":
        return this.#text(this.#schedule.next(this.#date));
      case "previous":
        return this.#text(this.#schedule.previous(this.#date));
      default:
        return undefined;
    }
  }
  override keys(): Iterable<string> {
    return ["date", "next", "previous"];
  }
  #text(moment: number | undefined): string | null {
    return moment === undefined ? null : offsetDateText(moment, this.#schedule.offsetMsAt(moment));
  }
}

/** The next date whose conditions hold or fail, or the candidate at which the search has to go on. */
function nextCandidate(schedule: Schedule, after: number, ask: AskConditions): number | undefined {
  if (ask === ALWAYS) return schedule.next(after);
  const limit = after + LOOK_AHEAD_MS;
  let candidate = schedule.next(after);
  for (let asked = 0; candidate !== undefined && candidate <= limit; asked += 1) {
    if (asked === CANDIDATES_MAX || isMatch(schedule, candidate, ask)) return candidate;
    candidate = schedule.next(candidate);
  }
  return undefined;
}

function nextMatch(schedule: Schedule, after: number, ask: AskConditions): number | undefined {
  const candidate = nextCandidate(schedule, after, ask);
  return candidate === undefined || isMatch(schedule, candidate, ask) ? candidate : undefined;
}

function previousMatch(schedule: Schedule, before: number, ask: AskConditions): number | undefined {
  let candidate = schedule.previous(before);
  for (let asked = 0; candidate !== undefined && asked < CANDIDATES_MAX; asked += 1) {
    if (isMatch(schedule, candidate, ask)) return candidate;
    candidate = schedule.previous(candidate);
  }
  return undefined;
}

function isMatch(schedule: Schedule, date: number, ask: AskConditions): boolean {
  if (ask === ALWAYS) return true;
  const answer = ask(candidateVariables(schedule, date));
  return "failure" in answer || answer.holds;
}

function withNextDate<State extends TriggerState>(state: State, nextDate: number | undefined): State {
  return nextDate === undefined ? without(state, "nextDate") : { ...state, nextDate };
}
