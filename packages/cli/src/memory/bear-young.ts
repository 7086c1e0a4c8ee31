import { setFlagsFromString } from "node:v8";

/**
 * V8 notices where objects that live for a while are made, and makes the next ones there old at once. Objects of executions live
 * until their commit: born old, they are freed late, and so is all that they point at. See ADR 14.
 */
export function bearYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
