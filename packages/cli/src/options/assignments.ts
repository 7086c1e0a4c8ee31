import { Mistake } from "../mistake.ts";

export interface Assignment {
  readonly key: string;
  readonly value: string;
}

/** Reads `key=value` options in their order. Throws `Mistake`, naming the option. */
export function parseAssignments(option: string, texts: readonly string[]): readonly Assignment[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new Mistake(`${option} ${text}: write it as key=value`);
    return { key: text.slice(0, at), value: text.slice(at + 1) };
  });
}
