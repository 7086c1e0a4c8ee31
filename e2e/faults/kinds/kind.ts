import type { Execution } from "../../executions.ts";
import type { Rig, RigOptions } from "../rig.ts";

/** Something that goes wrong, and what may come of it. */
export interface Kind {
  /** Lets it go wrong once while work is done; resolves when it is over, whatever it left behind. */
  readonly happen: (rig: Rig) => Promise<void>;
  /** What its rig has that others have not. */
  readonly rig?: Partial<RigOptions>;
  /**
   * Where a command may run once more each time, since nobody can know how far a process came that died: at the server, at a worker elsewhere,
   * or nowhere.
   */
  readonly again?: "here" | "elsewhere";
  /** Whether an execution that failed did so as it should; none should by default. */
  readonly mayFail?: (execution: Execution) => boolean;
}
