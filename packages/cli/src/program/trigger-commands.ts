import type { Command } from "commander";
import { type Exit, onServer, withCommands, WRONG } from "./help.ts";
import { wholeNumber } from "./whole-number.ts";

const NAMESPACE = ["<namespace>", "namespace of the flow, such as company.team"] as const;
const FLOW = ["<flow>", "id of the flow"] as const;
const TRIGGER = ["<trigger>", "id of the trigger in the flow"] as const;

/** The commands for the triggers of a server. */
export function addTrigger(program: Command, exit: Exit): void {
  const trigger = program.command("trigger").description("triggers of a server: list, explain, pause, resume, test");
  withCommands(trigger, "capstan trigger explain company.team hello daily");
  const list = trigger
    .command("list")
    .description("list triggers: what each waits for, and for how long it has been due")
    .option("-n, --namespace <namespace>", "only those of this namespace and of those below it")
    .option("--limit <number>", "how many are listed at most", wholeNumber(1, 10_000), 50)
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("../commands/trigger-list.ts")).triggerList(options)));
  onServer(list, {
    notes: [
      "LAG is for how long a trigger has been due; empty for those that are in time or wait for",
      "events. Webhooks that nobody has paused yet are not listed.",
    ],
    examples: ["capstan trigger list --namespace company.team"],
  });
  for (const [name, isPaused, what] of [
    ["pause", true, "switch a trigger off until it is resumed"],
    ["resume", false, "switch a paused trigger on again"],
  ] as const) {
    const command = trigger
      .command(name)
      .argument(...NAMESPACE)
      .argument(...FLOW)
      .argument(...TRIGGER)
      .description(what)
      .action(async (namespace, flow, id, options) =>
        exit(
          await (
            await import("../commands/trigger-pause.ts")
          ).setTriggerPaused([namespace, flow, id], isPaused, options),
        ),
      );
    onServer(command, {
      exitCodes: ["0 done", "1 there is no such trigger", WRONG],
      examples: [`capstan trigger ${name} company.team hello daily`],
    });
  }
  addTest(trigger, exit);
  const explain = trigger
    .command("explain")
    .argument(...NAMESPACE)
    .argument(...FLOW)
    .argument(...TRIGGER)
    .description("say why a trigger did not fire, and what would make it")
    .option("--execution <id>", "what a flow trigger would make of this execution, without firing")
    .option("--json", "print JSON")
    .action(async (namespace, flow, id, options) =>
      exit(await (await import("../commands/trigger-explain.ts")).triggerExplain(namespace, flow, id, options)),
    );
  onServer(explain, {
    notes: [
      "Shows what switches it off or locks it, its next date, conditions that do not hold with",
      "what they read, and what it still waits for. Secrets are masked.",
    ],
    exitCodes: ["0 done", "1 there is no such trigger", WRONG],
    examples: [
      "capstan trigger explain company.team hello daily",
      "capstan trigger explain company.team report after-load --execution 0353vQcbhK1Q97igAFzRC6",
    ],
  });
}

function addTest(trigger: Command, exit: Exit): void {
  const test = trigger
    .command("test")
    .argument(...NAMESPACE)
    .argument(...FLOW)
    .argument(...TRIGGER)
    .description("start an execution as a trigger would, by a sample event")
    .option("--event <file>", "JSON with what `trigger` shows, in place of samples")
    .option("--follow", "show what happens until it ends")
    .option("--json", "print the execution as JSON")
    .action(async (namespace, flow, id, options) =>
      exit(await (await import("../commands/trigger-test.ts")).triggerTest(namespace, flow, id, options)),
    );
  onServer(test, {
    notes: [
      "A schedule's sample is its last date; others have values of the types of their outputs. The",
      "trigger itself knows nothing of it, its conditions aren't asked, and the execution has the",
      "label system.test. Files that an event would bring are not there: give them with --event.",
    ],
    exitCodes: ["0 done", "1 there is no such trigger, or with --follow: it failed", WRONG],
    examples: ["capstan trigger test company.team hello daily --follow"],
  });
}
