import type { Flow } from "@capstan/model";
import { HOLDERS_MAX } from "@capstan/engine";
import { ADMITTED, type Admitted } from "./admission.ts";

/**
 * Who runs and who waits, for flows with a concurrency limit. Slots are a set of execution ids, so one can be neither
 * counted twice nor leaked: whoever ends is taken out, and at a start the sets are made anew from the store.
 */
export interface Slots {
  /** What becomes of a new execution; it takes its slot when it may run. */
  admit(flowKey: string, executionId: string, limit: Flow["concurrency"]): Admitted;
  /** Where an execution stands that waits; undefined for one that doesn't. Costs as much as waits before it. */
  standing(flowKey: string, executionId: string): Standing | undefined;
  /** At a start: this execution ran, or waited, when the process ended. */
  restore(flowKey: string, executionId: string, waits: boolean): void;
  /** A person lets it run beyond the limit. */
  force(flowKey: string, executionId: string): void;
  /** An execution ended; answers the one that may run now, oldest first. */
  release(flowKey: string, executionId: string, limit: Flow["concurrency"]): readonly string[];
  /** The limit is another one, or all were restored at a start: those that may run now, oldest first. */
  refill(flowKey: string, limit: Flow["concurrency"]): readonly string[];
}

/** The place of an execution in the queue of its flow. */
export interface Standing {
  /** From 1. */
  readonly position: number;
  readonly waiting: number;
  readonly running: number;
  /** Some of those that run, those that began first, at most `HOLDERS_MAX`. */
  readonly holders: readonly string[];
}

interface FlowSlots {
  readonly running: Set<string>;
  readonly waiting: Set<string>;
}

export function createSlots(): Slots {
  const flows = new Map<string, FlowSlots>();
  const slotsOf = (flowKey: string): FlowSlots => {
    let slots = flows.get(flowKey);
    if (slots === undefined) {
      slots = { running: new Set(), waiting: new Set() };
      flows.set(flowKey, slots);
    }
    return slots;
  };
  return {
    admit: (flowKey, executionId, limit) => {
      if (limit === undefined && !flows.has(flowKey)) return ADMITTED;
      const slots = slotsOf(flowKey);
      if (limit === undefined || slots.running.size < limit.limit) {
        slots.running.add(executionId);
        return ADMITTED;
      }
      const reached = { limit: limit.limit, holders: holdersOf(slots), ahead: slots.waiting.size };
      if (limit.behavior === "QUEUE") slots.waiting.add(executionId);
      return { admission: limit.behavior, limit: reached };
    },
    standing: (flowKey, executionId) => {
      const slots = flows.get(flowKey);
      if (slots === undefined || !slots.waiting.has(executionId)) return undefined;
      const position = [...slots.waiting].indexOf(executionId) + 1;
      return { position, waiting: slots.waiting.size, running: slots.running.size, holders: holdersOf(slots) };
    },
    restore: (flowKey, executionId, waits) => {
      const slots = slotsOf(flowKey);
      (waits ? slots.waiting : slots.running).add(executionId);
    },
    force: (flowKey, executionId) => {
      const slots = slotsOf(flowKey);
      slots.waiting.delete(executionId);
      slots.running.add(executionId);
    },
    release: (flowKey, executionId, limit) => {
      const slots = flows.get(flowKey);
      if (slots === undefined) return [];
      slots.running.delete(executionId);
      slots.waiting.delete(executionId);
      const next = fill(slots, limit);
      if (slots.running.size === 0 && slots.waiting.size === 0) flows.delete(flowKey);
      return next;
    },
    refill: (flowKey, limit) => {
      const slots = flows.get(flowKey);
      return slots === undefined ? [] : fill(slots, limit);
    },
  };
}

function holdersOf({ running }: FlowSlots): readonly string[] {
  return [...running.values().take(HOLDERS_MAX)];
}

/** Gives free slots to those that wait, oldest first. */
function fill({ running, waiting }: FlowSlots, limit: Flow["concurrency"]): readonly string[] {
  const next: string[] = [];
  for (const candidate of waiting) {
    if (limit !== undefined && running.size >= limit.limit) break;
    waiting.delete(candidate);
    running.add(candidate);
    next.push(candidate);
  }
  return next;
}
