import type { Command } from "commander";
import { type Exit, onServer, withCommands, WRONG } from "./help.ts";

/** The commands for the triggers of a server. */
export function addTrigger(program: Command, exit: Exit): void {
  const trigger = program.command("trigger").description("triggers of a server: explain");
  withCommands(trigger, "capstan trigger explain company.team hello daily");
  const explain = trigger
    .command("explain")
    .description("say why a trigger did not fire, and what would make it")
    .argument("<namespace>", "namespace of the flow, such as company.team")
    .argument("<flow>", "id of the flow")
    .argument("<trigger>", "id of the trigger in the flow")
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
