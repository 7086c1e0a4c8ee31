import { createMemo, type Environment, type Memo } from "@capstan/expression";

/** What a step has awaited, and the times and random numbers it has seen: a step that is done again sees the same. */
export interface StepMemo extends Memo {
  readonly now: Draws;
  readonly random: Draws;
}

interface Draws {
  readonly values: number[];
  next: number;
}

export function createStepMemo(): StepMemo {
  return { ...createMemo(), now: { values: [], next: 0 }, random: { values: [], next: 0 } };
}

/** Begins again with what the step saw first. */
export function rewind({ now, random }: StepMemo): void {
  now.next = 0;
  random.next = 0;
}

/** Otherwise a call whose arguments depend on time or chance would wait for another value each time it is looked at. */
export function replaying(environment: Environment, memo: StepMemo): Environment {
  return {
    ...environment,
    now: () => draw(memo.now, () => environment.now()),
    random: () => draw(memo.random, () => environment.random()),
  };
}

function draw(draws: Draws, further: () => number): number {
  const value = draws.values[draws.next] ?? further();
  draws.values[draws.next] = value;
  draws.next += 1;
  return value;
}
