import { Mistake } from "../mistake.ts";

export interface Assignment {
  readonly key: string;
  readonly value: string;
}

/** As `parseAssignments`; a key that is there twice is a mistake as well, since only one value can count. */
export function parseInputs(texts: readonly string[] = []): readonly Assignment[] {
  const inputs = parseAssignments("--input", texts);
  const twice = inputs.find(({ key }, place) => inputs.findIndex((one) => one.key === key) !== place);
  if (twice !== undefined)
    throw new Mistake(`--input ${twice.key}: it is given twice — give a list as one value of JSON`);
  return inputs;
}

/** Reads `key=value` options in their order. Throws `Mistake`, naming the option. */
export function parseAssignments(option: string, texts: readonly string[]): readonly Assignment[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new Mistake(`${option} ${text}: write it as key=value`);
    return { key: text.slice(0, at), value: text.slice(at + 1) };
  });
}
