import fc from "fast-check";

/** A task tree small enough to understand when it fails, rich enough to meet every flowable. */
export interface Shape {
  /** A flowable with children, or the name of a leaf. */
  readonly kind: string;
  readonly children: readonly Shape[];
  readonly errors: boolean;
  readonly last: boolean;
  readonly limit: number;
}

const FLOWABLES = ["Sequential", "Parallel", "ForEach", "If", "AllowFailure", "Dag", "Loop", "LoopUntil"] as const;
type FlowableName = (typeof FLOWABLES)[number];

export interface Choice {
  /** Names of leaves to choose from; a name that comes twice is chosen twice as often. */
  readonly leaves: readonly string[];
  readonly flowables: readonly FlowableName[];
}

/** Leaves that the caller ends, and flowables that wait for nothing else. */
const PLAIN: Choice = {
  leaves: ["task"],
  flowables: ["Sequential", "Parallel", "ForEach", "If", "AllowFailure", "Dag", "Loop"],
};

/** Trees of at most three levels. */
export function shapes({ leaves, flowables }: Choice = PLAIN): fc.Arbitrary<Shape> {
  const leaf: fc.Arbitrary<Shape> = fc
    .constantFrom(...leaves)
    .map((kind) => ({ kind, children: [], errors: false, last: false, limit: 0 }));
  const level = (below: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
    fc.record({
      kind: fc.constantFrom(...flowables),
      children: fc.array(below, { minLength: 1, maxLength: 3 }),
      errors: fc.boolean(),
      last: fc.boolean(),
      limit: fc.integer({ min: 0, max: 2 }),
    });
  const second = fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: level(leaf) });
  return level(second);
}

/** How a flow is written down. */
export interface Wording {
  readonly id: string;
  /** A leaf as a YAML map on one line. */
  leaf(kind: string, id: string): string;
  /** The policy of some flowables for their tasks. */
  readonly retry?: string;
  /** More lines of the flow. */
  readonly more: readonly string[];
}

const PLAIN_WORDING: Wording = {
  id: "random",
  leaf: (kind, id) => `{id: ${id}, type: ${kind}}`,
  retry: "{type: constant, interval: PT1S, maxAttempts: 3}",
  more: [],
};

/** The flow that a shape stands for; ids tell the place in the tree. */
export function sourceOf(shape: Shape, wording: Wording = PLAIN_WORDING): string {
  const tasks = shape.children.map((child, position) => yamlOf(child, `t${position}`, wording));
  const lines = [`id: ${wording.id}`, `namespace: company.team`, ...wording.more, `tasks: [${tasks.join(", ")}]`];
  if (shape.errors) lines.push(`errors: [${wording.leaf("task", "flow_error")}]`);
  if (shape.last) lines.push(`finally: [${wording.leaf("task", "flow_last")}]`);
  return lines.join("\n");
}

function yamlOf(shape: Shape, id: string, wording: Wording): string {
  if (shape.children.length === 0) return wording.leaf(shape.kind, id);
  const children = shape.children.map((child, position) => yamlOf(child, `${id}_${position}`, wording));
  const type = `type: io.kestra.plugin.core.flow.${shape.kind}`;
  const blocks = [
    wording.retry !== undefined && shape.errors && shape.limit === 2 ? `retry: ${wording.retry}` : undefined,
    shape.errors ? `errors: [${wording.leaf("task", `${id}_error`)}]` : undefined,
    shape.last ? `finally: [${wording.leaf("task", `${id}_last`)}]` : undefined,
  ].filter((block) => block !== undefined);
  const own = propertiesOf(shape, children, id, wording);
  return `{${[`id: ${id}`, type, ...own, ...blocks].join(", ")}}`;
}

function propertiesOf(shape: Shape, children: readonly string[], id: string, wording: Wording): readonly string[] {
  const tasks = `tasks: [${children.join(", ")}]`;
  switch (shape.kind) {
    case "If":
      return [
        `condition: "${shape.limit > 0}"`,
        `then: [${children.join(", ")}]`,
        `else: [${wording.leaf("task", `${id}_else`)}]`,
      ];
    case "ForEach":
      return [`values: ["1", "2", "3"]`, `concurrencyLimit: ${shape.limit}`, tasks];
    case "Loop":
      return [`values: [1, 2, 1]`, `concurrencyLimit: ${shape.limit}`, `transmitFailed: ${shape.errors}`, tasks];
    case "Parallel":
      return [`concurrent: ${shape.limit}`, tasks];
    case "Dag": {
      const entries = children.map((child, position) => {
        const needs = position === 0 ? "" : `, dependsOn: [${id}_${position - 1}]`;
        return `{task: ${child}${position % 2 === 1 ? needs : ""}}`;
      });
      return [`tasks: [${entries.join(", ")}]`];
    }
    case "LoopUntil":
      return [
        `condition: "{{ false }}"`,
        `checkFrequency: {maxIterations: ${shape.limit + 1}, interval: PT10S}`,
        tasks,
      ];
    default:
      return [tasks];
  }
}
