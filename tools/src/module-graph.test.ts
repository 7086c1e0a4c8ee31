import { expect, test } from "vitest";
import { graphOf, withGraph } from "./module-graph.ts";

test("imports between the same two packages are one arrow, imports within a package none", () => {
  const graph = graphOf({
    modules: [
      {
        source: "packages/engine/src/a.ts",
        dependencies: [{ resolved: "packages/model/src/index.ts" }, { resolved: "packages/engine/src/b.ts" }],
      },
      { source: "packages/engine/src/b.ts", dependencies: [{ resolved: "packages/model/src/index.ts" }] },
      { source: "plugins/core/src/a.ts", dependencies: [{ resolved: "packages/sdk/src/index.ts" }] },
    ],
  });
  expect(graph).toBe("graph BT\n  engine --> model\n  plugins/core --> sdk");
});

test("a graph is replaced between its markers, again and again", () => {
  const begin = "<!-- module-graph: written by tools/src/check-generated.ts -->";
  const once = withGraph(`before\n${begin}\n<!-- end of module-graph -->\nafter\n`, "graph BT");
  expect(once).toContain("graph BT");
  expect(once.startsWith("before\n") && once.endsWith("after\n")).toBe(true);
  expect(withGraph(once, "graph BT")).toBe(once);
});

test("a text without markers is refused", () => {
  expect(() => withGraph("nothing here", "graph BT")).toThrow("no place for the graph");
});
