import { allowFailure } from "./allow-failure.ts";
import { approval } from "./approval.ts";
import { dag } from "./dag.ts";
import type { Flowable } from "./flowable.ts";
import { eachParallel, eachSequential, forEach } from "./for-each.ts";
import { ifElse } from "./if.ts";
import { loop } from "./loop.ts";
import { loopUntil } from "./loop-until.ts";
import { parallel } from "./parallel.ts";
import { pause } from "./pause.ts";
import { sequential } from "./sequential.ts";
import { switchCase } from "./switch.ts";
import { template } from "./template.ts";
import { workingDirectory } from "./working-directory.ts";

const PREFIX = "io.kestra.plugin.core.flow.";

/** Every flowable by its canonical type. ForEachItem is a sequence of three generated tasks. */
const FLOWABLES: Readonly<Record<string, Flowable>> = {
  [`${PREFIX}AllowFailure`]: allowFailure,
  [`${PREFIX}Approval`]: approval,
  [`${PREFIX}Dag`]: dag,
  [`${PREFIX}EachParallel`]: eachParallel,
  [`${PREFIX}EachSequential`]: eachSequential,
  [`${PREFIX}ForEach`]: forEach,
  [`${PREFIX}ForEachItem`]: sequential,
  [`${PREFIX}If`]: ifElse,
  [`${PREFIX}Loop`]: loop,
  [`${PREFIX}LoopUntil`]: loopUntil,
  [`${PREFIX}Parallel`]: parallel,
  [`${PREFIX}Pause`]: pause,
  [`${PREFIX}Sequential`]: sequential,
  [`${PREFIX}Switch`]: switchCase,
  [`${PREFIX}Template`]: template,
  [`${PREFIX}WorkingDirectory`]: workingDirectory,
};

export function flowableOf(type: string): Flowable | undefined {
  return FLOWABLES[type];
}
