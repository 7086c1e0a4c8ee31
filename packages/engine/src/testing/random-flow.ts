import fc from "fast-check";

/** A task tree small enough to understand when it fails, rich enough to meet every flowable. */
export interface Shape {
  readonly kind: "task" | "Sequential" | "Parallel" | "ForEach" | "If" | "AllowFailure" | "Dag";
  readonly children: readonly Shape[];
  readonly errors: boolean;
  readonly last: boolean;
  readonly limit: number;
}

const KINDS = ["Sequential", "Parallel", "ForEach", "If", "AllowFailure", "Dag"] as const;

/** Trees of at most three levels. */
export function shapes(): fc.Arbitrary<Shape> {
  const leaf: fc.Arbitrary<Shape> = fc.constant({ kind: "task", children: [], errors: false, last: false, limit: 0 });
  const level = (below: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
    fc.record({
      kind: fc.constantFrom(...KINDS),
      children: fc.array(below, { minLength: 1, maxLength: 3 }),
      errors: fc.boolean(),
      last: fc.boolean(),
      limit: fc.integer({ min: 0, max: 2 }),
    });
  const second = fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: level(leaf) });
  return level(second);
}

/** The flow that a shape stands for; ids tell the place in the tree. */
export function sourceOf(shape: Shape): string {
  const tasks = shape.children.map((child, position) => yamlOf(child, `t${position}`));
  const lines = [`id: random`, `namespace: company.team`, `tasks: [${tasks.join(", ")}]`];
  if (shape.errors) lines.push(`errors: [{id: flow_error, type: task}]`);
  if (shape.last) lines.push(`finally: [{id: flow_last, type: task}]`);
  return lines.join("\n");
}

function yamlOf(shape: Shape, id: string): string {
  if (shape.kind === "task") return `{id: ${id}, type: task}`;
  const children = shape.children.map((child, position) => yamlOf(child, `${id}_${position}`));
  const type = `type: io.kestra.plugin.core.flow.${shape.kind}`;
  const blocks = [
    shape.errors ? `errors: [{id: ${id}_error, type: task}]` : undefined,
    shape.last ? `finally: [{id: ${id}_last, type: task}]` : undefined,
  ].filter((block) => block !== undefined);
  const own = propertiesOf(shape, children, id);
  return `{${[`id: ${id}`, type, ...own, ...blocks].join(", ")}}`;
}

function propertiesOf(shape: Shape, children: readonly string[], id: string): readonly string[] {
  const tasks = `tasks: [${children.join(", ")}]`;
  switch (shape.kind) {
    case "If":
      return [
        `condition: "${shape.limit > 0}"`,
        `then: [${children.join(", ")}]`,
        `else: [{id: ${id}_else, type: task}]`,
      ];
    case "ForEach":
      return [`values: ["1", "2", "3"]`, `concurrencyLimit: ${shape.limit}`, tasks];
    case "Parallel":
      return [`concurrent: ${shape.limit}`, tasks];
    case "Dag": {
      const entries = children.map((child, position) => {
        const needs = position === 0 ? "" : `, dependsOn: [${id}_${position - 1}]`;
        return `{task: ${child}${position % 2 === 1 ? needs : ""}}`;
      });
      return [`tasks: [${entries.join(", ")}]`];
    }
    default:
      return [tasks];
  }
}
