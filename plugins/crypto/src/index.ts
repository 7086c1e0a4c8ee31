import { definePlugin } from "@capstan/sdk";
import { decrypt } from "./decrypt.ts";
import { encrypt } from "./encrypt.ts";

export default definePlugin({
  name: "crypto",
  title: "OpenPGP",
  category: "Files",
  definitions: [encrypt, decrypt],
  testedWith: [{ types: "io.kestra.plugin.crypto", kind: "real", what: "GnuPG" }],
});
