import { checkFlow } from "@capstan/model";
import { expect, test } from "vitest";
import { installedCatalogue } from "./catalogue.ts";

const CORE = "io.kestra.plugin.core";

/** What is told of a task or of a condition of a trigger. */
function toldOf(element: string, catalogue = installedCatalogue()): readonly string[] {
  const isCondition = element.includes(`${CORE}.condition.`);
  const trigger = `triggers: [{id: t, type: ${CORE}.trigger.Flow, conditions: [${element}]}]`;
  const task = isCondition ? `{id: t0, type: ${CORE}.log.Log, message: x}` : element;
  const source = `id: f\nnamespace: company\ntasks: [${task}]\n${isCondition ? trigger : ""}`;
  return checkFlow(source, catalogue).diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

test.each([
  [`{id: t, type: ${CORE}.kv.Set, key: k}`, "missing-property: `value` is missing: it must not be null"],
  [`{id: t, type: ${CORE}.kv.Put, key: k}`, "missing-property: `value` is missing: it must not be null"],
])("%s lacks what Kestra demands", (element, expected) => {
  expect(toldOf(element)).toEqual([expected]);
});

test.each([
  `{id: t, type: ${CORE}.kv.Set, key: k, value: 0}`,
  `{id: t, type: ${CORE}.kv.Set, key: k, value: [a]}`,
  `{id: t, type: ${CORE}.output.OutputValues}`,
])("%s is complete", (element) => {
  expect(toldOf(element)).toEqual([]);
});

test.each([
  [`{id: t, type: ${CORE}.log.Fetch}`, "io.kestra.plugin.kestra.logs.Fetch"],
  [`{type: ${CORE}.condition.FlowCondition, namespace: company, flowId: g}`, "ExecutionFlow"],
  [`{type: ${CORE}.condition.FlowNamespaceCondition, namespace: company}`, "ExecutionNamespace"],
  [`{id: t, type: ${CORE}.flow.Pause, tasks: [{id: u, type: ${CORE}.log.Log, message: x}]}`, "behind the Pause"],
])("%s is deprecated, as in Kestra", (element, instead) => {
  expect(toldOf(element)).toEqual([expect.stringMatching(new RegExp(`^deprecated: .*${instead}`))]);
});
