import type { Catalogue, ElementKind, Flow } from "@capstan/model";
import { createHash } from "node:crypto";

/**
 * Checked flows as text that is stored with their source, so that a flow that was checked once is not parsed and checked again
 * when the process starts anew: a hundredth of the time, which tells when many schedules are due at once.
 */
export interface CheckedForms {
  write(flow: Flow): string;
  /** Nothing when the text was written by another version, or with other types installed: then the source must be checked. */
  read(text: string | undefined): Flow | undefined;
}

/** Another number whenever the same source comes to another checked flow; a test tells. */
export const CHECKED_FORM = 3;

const ELEMENTS: readonly ElementKind[] = ["task", "trigger", "condition", "taskRunner"];

export function createCheckedForms(catalogue: Catalogue): CheckedForms {
  let known: string | undefined;
  const fingerprint = () => (known ??= fingerprintOf(catalogue));
  return {
    write: (flow) => fingerprint() + JSON.stringify(flow),
    read: (text) => {
      const prefix = fingerprint();
      return text?.startsWith(prefix) === true ? (JSON.parse(text.slice(prefix.length)) as Flow) : undefined;
    },
  };
}

function fingerprintOf(catalogue: Catalogue): string {
  const types = ELEMENTS.flatMap((element) => [...catalogue.types(element)].toSorted());
  return createHash("sha256")
    .update(JSON.stringify([CHECKED_FORM, types]))
    .digest("base64url")
    .slice(0, 16);
}
