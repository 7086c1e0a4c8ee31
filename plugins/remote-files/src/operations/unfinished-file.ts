import { randomBytes } from "node:crypto";
import { joined, nameOf, parentOf } from "../remote-path.ts";

/** Characters of the name that are kept, of the 255 bytes that systems take; a character may have four. */
const NAME_KEPT = 50;
const PATTERN = /^\..*\.[\da-f]{8}\.part$/u;

/** Where a file lies until its content is complete: beside its place, hidden. */
export function unfinishedPath(path: string): string {
  return joined(parentOf(path), `.${nameOf(path).slice(0, NAME_KEPT)}.${randomBytes(4).toString("hex")}.part`);
}

/** Whether somebody still uploads it. */
export function isUnfinished({ name }: { readonly name: string }): boolean {
  return PATTERN.test(name);
}
