import type { Catalogue, Flow } from "@capstan/model";

/**
 * Checked flows as text that is stored with their source, so that a flow that was checked once is not parsed and checked again
 * when the process starts anew: a hundredth of the time, which tells when many schedules are due at once.
 */
export interface CheckedForms {
  write(flow: Flow): string;
  /**
   * Nothing when the text was written by another version, or when a type that the flow names has come or gone since: then the source must be
   * checked.
   */
  read(text: string | undefined): Flow | undefined;
}

/** Another number whenever the same source comes to another checked flow; a test tells. */
export const CHECKED_FORM = 3;

/** Says of a checked flow what it depends on, in a line before it. */
interface Head {
  readonly form: number;
  /** Names of types in it that were installed when it was checked, and of those that were not. */
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

export function createCheckedForms(catalogue: Catalogue): CheckedForms {
  const isKnown = (type: string) => catalogue.nameOf(type) !== undefined;
  const isValid = ({ form, known, unknown }: Head) =>
    form === CHECKED_FORM && known.every(isKnown) && !unknown.some(isKnown);
  return {
    write: (flow) => {
      const types = typesIn(flow);
      const unknown = types.filter((type) => !isKnown(type));
      const head: Head = { form: CHECKED_FORM, known: types.filter(isKnown), unknown };
      return `${JSON.stringify(head)}\n${JSON.stringify(flow)}`;
    },
    read: (text) => {
      const end = text?.startsWith("{") === true ? text.indexOf("\n") : -1;
      if (text === undefined || end === -1 || !isValid(JSON.parse(text.slice(0, end)) as Head)) return undefined;
      return JSON.parse(text.slice(end + 1)) as Flow;
    },
  };
}

/** Whatever may be the name of a type of a plugin, in its properties as well. */
function typesIn(flow: Flow): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type } = value as { readonly type?: unknown };
    if (typeof type === "string" && type.includes(".")) found.add(type);
    for (const part of Object.values(value)) look(part);
  };
  look(flow);
  return [...found];
}
