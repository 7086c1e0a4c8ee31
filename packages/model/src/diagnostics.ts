import type { Severity } from "./diagnostic.ts";

export interface DiagnosticDefinition {
  readonly title: string;
  readonly severity: Severity;
  /** Outside of strict checks: for what fails only when the flow runs, and may never be reached. */
  readonly relaxed?: Severity;
  message(...parts: string[]): string;
  readonly hint?: string;
}

/** Everything the checker can find. Codes are permanent: one that is retired is never used again. */
export const DIAGNOSTICS = {
  // The document.
  "source-too-large": {
    title: "The flow's text is too long",
    severity: "error",
    message: (characters, maximum) => `the flow has ${characters} characters, ${maximum} are allowed`,
    hint: "move scripts and data into namespace files",
  },
  "yaml-syntax": { title: "The text is no YAML", severity: "error", message: (detail) => `invalid YAML: ${detail}` },
  "wrong-encoding": {
    title: "The file is no UTF-8 text",
    severity: "error",
    message: () => "from here on the file is no UTF-8 text",
    hint: "save it as UTF-8",
  },
  "control-character": {
    title: "A character is not allowed in YAML",
    severity: "error",
    message: (character) => `the character ${character} is not allowed in YAML`,
    hint: 'remove it, or write it as an escape in double quotes, such as "\\u001B"',
  },
  "several-documents": {
    title: "A file holds more than one document",
    severity: "error",
    message: () => "a second YAML document begins here, and a file holds one flow",
    hint: "move it into a file of its own",
  },
  "yaml-tag": { title: "A YAML tag is not known", severity: "warning", message: (detail) => detail },
  "duplicate-key": {
    title: "A key stands twice in one map",
    severity: "error",
    message: (key) => `Duplicate field '${key}'`,
    hint: "keep one of the two",
  },
  "key-not-text": {
    title: "A key is a map or a list",
    severity: "error",
    message: () => "a key must be text",
    hint: 'an expression as a value needs quotes: "{{ … }}"',
  },
  "nesting-too-deep": {
    title: "Maps and lists are nested too deeply",
    severity: "error",
    message: () => "maps and lists are nested too deeply",
    hint: "move inner tasks into a subflow",
  },
  "too-many-nodes": {
    title: "The document holds too many values",
    severity: "error",
    message: () => "the document holds too many values, counting every use of an alias",
    hint: "move data into inputs or namespace files",
  },
  "too-many-tasks": {
    title: "The flow has too many tasks",
    severity: "error",
    message: (maximum) => `the flow has more than ${maximum} tasks`,
    hint: "split it into subflows",
  },
  "not-a-flow": {
    title: "The document is no flow",
    severity: "error",
    message: (found) => `a flow is a map with id, namespace and tasks, but this document is ${found}`,
  },

  // Shapes and values.
  "unknown-property": {
    title: "A property is not known here",
    severity: "error",
    message: (key, owner) => `Unrecognized field "${key}" of ${owner}`,
  },
  "missing-property": {
    title: "A required property is missing",
    severity: "error",
    message: (key) => `\`${key}\` is missing: it must not be null`,
  },
  "empty-list": {
    title: "A list must hold something",
    severity: "error",
    message: (key) => `\`${key}\` must not be empty`,
  },
  "empty-tasks": {
    title: "A task that holds tasks has none",
    severity: "error",
    message: (id, key) => `${id}: The '${key}' property cannot be empty`,
  },
  "wrong-type": {
    title: "A value has the wrong type",
    severity: "error",
    message: (key, expected, found) => `\`${key}\` must be ${expected}, but is ${found}`,
  },
  "invalid-value": {
    title: "A value is not allowed",
    severity: "error",
    message: (key, reason) => `\`${key}\` ${reason}`,
  },
  "invalid-id": {
    title: "An id or namespace has characters that are not allowed",
    severity: "error",
    message: (key, value, pattern) => `invalid ${key} "${value}": it must match "${pattern}"`,
  },
  "reserved-id": {
    title: "The id is reserved for the API",
    severity: "error",
    message: (id) => `"${id}" is a reserved word of the API and should not be the id of a flow`,
  },
  "invalid-duration": {
    title: "A duration can't be read",
    severity: "error",
    message: (key, value) => `\`${key}\` is no ISO-8601 duration: "${value}"`,
    hint: "write for example PT30S, PT15M or P1D",
  },
  "invalid-date": {
    title: "A date or time can't be read",
    severity: "error",
    message: (key, value, form) => `\`${key}\` is no ${form}: "${value}"`,
  },
  "invalid-regex": {
    title: "A regular expression can't be read",
    severity: "error",
    message: (key, value, reason) => `\`${key}\` is no valid regular expression: "${value}" (${reason})`,
  },
  "schedule-without-date": {
    title: "A schedule has no date",
    severity: "warning",
    message: (cron, day) => `the schedule "${cron}" never comes: no month that it names has a day ${day}`,
  },
  "invalid-cron": {
    title: "A cron expression can't be read",
    severity: "error",
    message: (value, reason) => `invalid cron expression "${value}": ${reason}`,
    hint: "five fields: minute hour day-of-month month day-of-week",
  },

  // Types.
  "unknown-type": {
    title: "No plugin provides the type",
    severity: "warning",
    message: (element, type) => `unknown ${element} type "${type}": it fails when it runs`,
    hint: "install the plugin that provides it",
  },
  "invalid-type": {
    title: "The type does not exist",
    severity: "error",
    message: (type) => `Invalid type: ${type}`,
  },
  "wrong-element": {
    title: "The type is of another kind",
    severity: "error",
    message: (type, expected, found) => `Invalid type: ${type} is a ${found}, a ${expected} is needed here`,
  },
  deprecated: {
    title: "A newer name exists",
    severity: "note",
    message: (name, instead) => `${name} is deprecated: ${instead}`,
  },
  "ignored-property": {
    title: "A property has no effect",
    severity: "note",
    message: (key, reason) => `\`${key}\` is ignored: ${reason}`,
  },

  // Rules across the flow.
  "duplicate-task-id": {
    title: "Two tasks have one id",
    severity: "error",
    message: (ids) => `Duplicate task id with name [${ids}]`,
  },
  "duplicate-trigger-id": {
    title: "Two triggers have one id",
    severity: "error",
    message: (ids) => `Duplicate trigger id with name [${ids}]`,
  },
  "duplicate-input": {
    title: "Two inputs have one id",
    severity: "error",
    message: (ids) => `Duplicate input with name [${ids}]`,
  },
  "duplicate-output": {
    title: "Two outputs have one id",
    severity: "error",
    message: (ids) => `Duplicate output with name [${ids}]`,
  },
  "duplicate-preconditions": {
    title: "Two Flow triggers have one precondition id",
    severity: "error",
    message: (ids) => `Duplicate preconditions with id [${ids}]`,
  },
  "duplicate-limit": {
    title: "Two limits of a flow count the same",
    severity: "error",
    message: (name) => `\`${name}\` counts the same executions as another one of the list`,
    hint: "keep one of the two, or give them different keys",
  },
  "batch-and-debounce": {
    title: "A flow has a batch and a debounce",
    severity: "error",
    message: () =>
      "`batch` and `debounce` can't be together: one takes starts together, the other leaves all but the last out",
    hint: "keep one of the two",
  },
  "recursive-flow": {
    title: "The flow calls itself",
    severity: "error",
    message: (flow) => `Recursive call to flow [${flow}]`,
    hint: "call another flow, or loop with LoopUntil",
  },
  "input-dependency-missing": {
    title: "An input depends on one that does not exist",
    severity: "error",
    message: (id, missing) => `Input with id '${id}' depends on a non-existent input '${missing}'.`,
  },
  "input-dependency-cycle": {
    title: "Inputs depend on each other in a circle",
    severity: "error",
    message: (id, cycle) => `Cycle dependency detected for input with id '${id}': [${cycle}]`,
  },
  "dag-cycle": {
    title: "Tasks of a Dag wait for each other in a circle",
    severity: "error",
    message: (ids) => `Cyclic dependency detected: ${ids}`,
  },
  "dag-missing": {
    title: "A task of a Dag waits for one that is not there",
    severity: "error",
    message: (id) => `Not existing task id in dependency: ${id}`,
  },
  "switch-empty": {
    title: "A Switch has no task in any branch",
    severity: "error",
    message: (id) => `${id}: No task defined, neither cases or default have any tasks`,
  },
  "working-directory-child": {
    title: "A WorkingDirectory holds a task that can't run on a worker",
    severity: "error",
    message: (id) => `${id}: Only runnable tasks are allowed as children of a WorkingDirectory task`,
    hint: "move it out, in front of or behind the WorkingDirectory",
  },
  "working-directory-worker-group": {
    title: "A child of a WorkingDirectory names a worker group",
    severity: "error",
    message: (id) =>
      `${id}: Cannot set a Worker Group in any WorkingDirectory sub-tasks, only at the WorkingDirectory level`,
  },
  "loop-value": {
    title: "A value of a loop makes it fail",
    severity: "warning",
    message: (found) => `values of a loop must be texts, whole numbers or maps, but here is ${found}`,
  },
  "plain-condition": {
    title: "A condition is text, which is always true",
    severity: "warning",
    message: (key) => `\`${key}\` is text, which is always true: only what stands in {{ }} is evaluated`,
  },
  "system-label": {
    title: "A label is reserved for the system",
    severity: "error",
    message: (key) => `System labels can only be set by Capstan itself, offending label: ${key}`,
  },
  "label-dropped": {
    title: "A label can't be used as written",
    severity: "warning",
    message: (key, reason) => `label "${key}" ${reason}`,
  },
  "ineffective-property": {
    title: "A property has no effect on this kind of task",
    severity: "warning",
    message: (key, type) => `\`${key}\` has no effect on ${type}: it works for tasks that a worker runs`,
  },
  "default-unused": {
    title: "A plugin default has no effect",
    severity: "note",
    message: (what) => what,
  },
  "required-input-of-trigger": {
    title: "A trigger starts the flow without a required input",
    severity: "warning",
    message: (trigger, inputs) => `trigger "${trigger}" starts the flow without the required input ${inputs}`,
  },
  "invalid-default": {
    title: "A default does not fit its input",
    severity: "warning",
    message: (id, reason) => `the default of input "${id}" ${reason}`,
  },
  "input-combination": {
    title: "Properties of an input exclude each other",
    severity: "warning",
    message: (id, reason) => `input "${id}": ${reason}`,
  },

  // Expressions. They fail when the flow runs, or in the branch that reads them.
  "expression-syntax": {
    title: "An expression can't be read",
    severity: "error",
    relaxed: "warning",
    message: (detail) => `invalid expression: ${detail}`,
  },
  "unknown-filter": {
    title: "There is no such filter",
    severity: "error",
    relaxed: "warning",
    message: (name) => `Filter [${name}] does not exist`,
  },
  "unknown-function": {
    title: "There is no such function",
    severity: "error",
    relaxed: "warning",
    message: (name) => `Function or macro [${name}] does not exist`,
  },
  "unknown-test": {
    title: "There is no such test",
    severity: "error",
    relaxed: "warning",
    message: (name) => `Test [${name}] does not exist`,
  },
  "unknown-variable": {
    title: "There is no such variable",
    severity: "warning",
    message: (name) => `unknown variable \`${name}\``,
  },
  "unknown-task": {
    title: "An expression names a task that does not exist",
    severity: "error",
    relaxed: "warning",
    message: (id) => `no task has the id "${id}"`,
  },
  "unknown-input": {
    title: "An expression names an input that does not exist",
    severity: "error",
    relaxed: "warning",
    message: (id) => `the flow declares no input "${id}"`,
  },
  "unknown-output": {
    title: "A task has no such output",
    severity: "warning",
    message: (id, type, output) => `task "${id}" (${type}) has no ${output === "" ? "outputs" : `output "${output}"`}`,
  },
  "undeclared-variable": {
    title: "The flow declares no such variable",
    severity: "warning",
    message: (name) => `the flow declares no variable "${name}"`,
    hint: "add it under `variables`",
  },
  "undeclared-label": {
    title: "A label looks like a misspelling of a declared one",
    severity: "note",
    message: (name) => `neither the flow nor a trigger declares a label "${name}"`,
  },
  "unrendered-variable": {
    title: "An expression in a variable is printed as it stands",
    severity: "warning",
    message: (name) => `\`vars.${name}\` holds an expression, which is printed as it stands`,
    hint: "write render(vars.…)",
  },
  "variable-circle": {
    title: "Variables render each other without end",
    severity: "warning",
    message: (chain) => `rendering ${chain} never ends`,
    hint: "let one of them stand for itself",
  },
  "unknown-field": {
    title: "A variable of the language has no such field",
    severity: "warning",
    message: (root, field) => `\`${root}\` has no \`${field}\``,
  },
  "unknown-trigger-variable": {
    title: "Nothing that starts the flow sets such a trigger variable",
    severity: "warning",
    message: (field) => `nothing that starts this flow sets \`trigger.${field}\``,
  },
  "variable-not-here": {
    title: "A variable does not exist at this place",
    severity: "warning",
    message: (name, reason) => `\`${name}\` does not exist here: ${reason}`,
  },
  "loop-output": {
    title: "Outputs of a loop are read without the loop's value",
    severity: "warning",
    message: (id, reason) => `the outputs of "${id}" are kept by the values of its loop: ${reason}`,
  },
  "outputs-not-yet": {
    title: "An expression reads a task that has not run yet",
    severity: "error",
    relaxed: "warning",
    message: (what, id, reason) => `the ${what} of "${id}" can't exist here: ${reason}`,
  },
  "outputs-unordered": {
    title: "An expression reads a task that may not have ended",
    severity: "warning",
    message: (what, id, reason) => `the ${what} of "${id}" may not exist here: ${reason}`,
  },
  "dash-reference": {
    title: "A dash in a reference is a subtraction",
    severity: "error",
    message: (kind, remedy) => `Invalid ${kind} reference: use ${remedy}, because a dash means minus`,
  },
  "output-file-not-declared": {
    title: "A task reads a file that another one does not keep",
    severity: "warning",
    message: (id, file) => `task "${id}" keeps no file "${file}": its \`outputFiles\` don't cover it`,
  },
  "unescaped-json": {
    title: "A value is put into hand-written JSON without escaping",
    severity: "warning",
    message: (expression) =>
      `\`${expression}\` is put into hand-written JSON as it is: a quote or a line break in it breaks the JSON`,
  },
} as const satisfies Record<string, DiagnosticDefinition>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;
