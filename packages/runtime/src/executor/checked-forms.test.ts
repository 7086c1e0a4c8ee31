import { checkFlow, createCatalogue, languageCatalogue, type TypeDefinition } from "@capstan/model";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { CHECKED_FORM, createCheckedForms } from "./checked-forms.ts";

const SOURCE = `
id: rich
namespace: company.team
description: One of everything
labels: { team: data }
inputs:
  - { id: day, type: DATE, defaults: "2026-01-01" }
  - { id: level, type: SELECT, values: [a, b], required: false }
variables: { bucket: "data-{{ inputs.day }}" }
concurrency: { limit: 2, behavior: QUEUE }
retry: { type: exponential, interval: PT1S, maxInterval: PT10S, maxAttempts: 3 }
sla:
  - { id: quick, type: MAX_DURATION, duration: PT1H, behavior: FAIL, labels: { late: "true" } }
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - { id: pause, type: pause.unknown, timeout: PT5S, allowFailure: true }
  - id: graph
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task: { id: first, type: io.kestra.plugin.core.flow.Sequential, tasks: [{ id: a, type: x.y }] }
      - { dependsOn: [first], task: { id: second, type: x.y, runIf: "{{ true }}", logLevel: WARN, workerSelector: { tags: [gpu] } } }
errors:
  - { id: failed, type: x.y }
finally:
  - { id: last, type: x.y }
outputs:
  - { id: result, type: STRING, value: "{{ inputs.day }}" }
triggers:
  - { id: nightly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 3 * * *", inputs: { day: "{{ trigger.date }}" } }
`;

const catalogue = createCatalogue(languageCatalogue());
const { flow } = checkFlow(SOURCE, catalogue);

test("a checked flow comes back as it was", () => {
  const forms = createCheckedForms(catalogue);
  expect(forms.read(forms.write(flow!))).toStrictEqual(flow);
  expect(forms.read(undefined)).toBeUndefined();
  expect(forms.read("another text")).toBeUndefined();
});

const added = (type: string): TypeDefinition => ({
  ...catalogue.find("io.kestra.plugin.core.flow.Dag")!,
  type,
  aliases: [],
});

test("where a type that it names has come or gone the source is checked again", () => {
  const more = createCheckedForms(createCatalogue([...languageCatalogue(), added("x.y")]));
  expect(more.read(createCheckedForms(catalogue).write(flow!))).toBeUndefined();
  expect(createCheckedForms(catalogue).read(more.write(flow!))).toBeUndefined();
  expect(more.read(more.write(flow!))).toStrictEqual(flow);
});

test("types that it does not name change nothing", () => {
  const more = createCheckedForms(createCatalogue([...languageCatalogue(), added("x.z")]));
  expect(more.read(createCheckedForms(catalogue).write(flow!))).toStrictEqual(flow);
});

test("what an earlier version wrote is checked again", () => {
  const text = createCheckedForms(catalogue).write(flow!);
  const older = text.replace(`"form":${CHECKED_FORM}`, `"form":${CHECKED_FORM - 1}`);
  expect(createCheckedForms(catalogue).read(older)).toBeUndefined();
  expect(createCheckedForms(catalogue).read(`gK3n5bRk3Vv1mQ0a${JSON.stringify(flow)}`)).toBeUndefined();
});

// When this fails, flows that are stored would be read as something they no longer are: raise CHECKED_FORM.
test("the number of the form stands for what a flow is checked to", () => {
  const digest = createHash("sha256").update(JSON.stringify(flow)).digest("hex").slice(0, 8);
  expect([CHECKED_FORM, digest]).toEqual([3, "68bdc82f"]);
});
