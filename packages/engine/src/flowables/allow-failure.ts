import { endRun } from "../blocks/run.ts";
import { sequential } from "./sequential.ts";
import type { Flowable } from "./flowable.ts";

/** A Sequential whose failure is only a warning. */
export const allowFailure: Flowable = {
  open: sequential.open,
  closed: (turn, run, state) => endRun(turn, run, state === "FAILED" ? "WARNING" : state),
};
