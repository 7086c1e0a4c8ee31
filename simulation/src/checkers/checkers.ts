import type { Checker } from "../history.ts";
import { acknowledgedIsKept } from "./acknowledged-is-kept.ts";
import { attemptsEndOnce } from "./attempts-end-once.ts";
import { effectsFollowCommits } from "./effects-follow-commits.ts";
import { endsAreGatheredOnce } from "./ends-are-gathered-once.ts";
import { everythingEnds } from "./everything-ends.ts";
import { flowTriggersFireOnce } from "./flow-triggers-fire-once.ts";
import { iterationsArePlayedOnce } from "./iterations-are-played-once.ts";
import { limitsHold } from "./limits-hold.ts";
import { linesAreThereOnce } from "./lines-are-there-once.ts";
import { noDefects } from "./no-defects.ts";
import { quotasHold } from "./quotas-hold.ts";
import { schedulesFireOnce } from "./schedules-fire-once.ts";
import { slasAreKept } from "./slas-are-kept.ts";
import { slotsAreNotLeaked } from "./slots-are-not-leaked.ts";
import { startsAreInOneBatch } from "./starts-are-in-one-batch.ts";
import { storeSaysWhatWasCommitted } from "./store-says-what-was-committed.ts";
import { tasksStartAgainOnlyWhenLost } from "./tasks-start-again-only-when-lost.ts";
import { terminalStatesStay } from "./terminal-states-stay.ts";
import { timersAreKept } from "./timers-are-kept.ts";
import { unstorableFailsAlone } from "./unstorable-fails-alone.ts";
import { waitsAreNamed } from "./waits-are-named.ts";
import { webhooksStartOnce } from "./webhooks-start-once.ts";

/** Every invariant that is watched while a world goes on. */
export const CHECKERS: readonly Checker[] = [
  acknowledgedIsKept,
  attemptsEndOnce,
  effectsFollowCommits,
  endsAreGatheredOnce,
  everythingEnds,
  flowTriggersFireOnce,
  iterationsArePlayedOnce,
  limitsHold,
  linesAreThereOnce,
  noDefects,
  quotasHold,
  schedulesFireOnce,
  slasAreKept,
  slotsAreNotLeaked,
  startsAreInOneBatch,
  storeSaysWhatWasCommitted,
  tasksStartAgainOnlyWhenLost,
  terminalStatesStay,
  timersAreKept,
  unstorableFailsAlone,
  waitsAreNamed,
  webhooksStartOnce,
];
