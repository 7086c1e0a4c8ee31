import { definePlugin } from "@capstan/sdk";
import { mailReceivedTrigger } from "./mail-received-trigger.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";

export default definePlugin({
  name: "mail",
  title: "E-mail that is received",
  category: "Messaging",
  definitions: [mailReceivedTrigger, realtimeTrigger],
  testedWith: [
    { types: "io.kestra.plugin.email.MailReceivedTrigger", kind: "real", what: "Dovecot" },
    { types: "io.kestra.plugin.email.RealTimeTrigger", kind: "real", what: "Dovecot" },
  ],
});
