import { tickFlow } from "../tick-flow.ts";

export const NAMESPACE = "e2e";
/** Executions of `queued` that may run at the same time. */
export const LIMIT = 4;
/** The group of workers that a task of `elsewhere` asks for. */
export const GROUP = "far";

const webhook = (key: string) => `triggers:
  - { id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: ${key} }`;
const SHELL = `type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }`;

/** Flows that are called by their id as the key of a webhook, in this order. */
export const CALLED = ["hook", "calls", "queued", "marks", "elsewhere", "hook", "calls", "queued", "files"] as const;

/** Work of every kind; commands leave a line for each time they run in the folder `marks`. */
export function flowsOf(marks: string): Readonly<Record<string, string>> {
  return { ...waitingFlows(), ...workingFlows(marks), tick: tickFlow(NAMESPACE) };
}

function waitingFlows() {
  return {
    hook: `
id: hook
namespace: ${NAMESPACE}
${webhook("hook")}
tasks:
  - { id: pause, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT0.3S }
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2, 3]
    tasks: [{ id: log, type: io.kestra.plugin.core.log.Log, message: "{{ taskrun.value }}" }]
`,
    calls: `
id: calls
namespace: ${NAMESPACE}
${webhook("calls")}
tasks:
  - { id: call, type: io.kestra.plugin.core.flow.Subflow, namespace: ${NAMESPACE}, flowId: waits, wait: true, transmitFailed: true }
`,
    waits: `
id: waits
namespace: ${NAMESPACE}
tasks:
  - { id: slow, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.2S }
`,
    watches: `
id: watches
namespace: ${NAMESPACE}
triggers:
  - id: ended
    type: io.kestra.plugin.core.trigger.Flow
    states: [SUCCESS]
    preconditions: { id: of-waits, flows: [{ namespace: ${NAMESPACE}, flowId: waits, states: [SUCCESS] }] }
tasks:
  - { id: log, type: io.kestra.plugin.core.log.Log, message: "{{ trigger.executionId }}" }
`,
    queued: `
id: queued
namespace: ${NAMESPACE}
concurrency: { limit: ${LIMIT}, behavior: QUEUE }
${webhook("queued")}
tasks:
  - { id: slow, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.05S }
`,
  };
}

function workingFlows(marks: string) {
  return {
    marks: `
id: marks
namespace: ${NAMESPACE}
${webhook("marks")}
tasks:
  - id: command
    ${SHELL}
    commands: ['echo ran >> "${marks}/{{ execution.id }}"']
`,
    elsewhere: `
id: elsewhere
namespace: ${NAMESPACE}
${webhook("elsewhere")}
tasks:
  - id: command
    ${SHELL}
    workerGroup: { key: ${GROUP} }
    commands: ['echo ran >> "${marks}/{{ execution.id }}"', "sleep 0.2"]
`,
    files: `
id: files
namespace: ${NAMESPACE}
${webhook("files")}
tasks:
  - id: make
    ${SHELL}
    workerGroup: { key: ${GROUP} }
    outputFiles: [made.txt]
    commands: ['head -c 10000 /dev/zero > made.txt', 'echo {{ execution.id }} >> made.txt']
  - id: read
    ${SHELL}
    inputFiles: { in.txt: "{{ outputs.make.outputFiles['made.txt'] }}" }
    commands: ['test $(tail -c +10001 in.txt) = {{ execution.id }}']
`,
  };
}
