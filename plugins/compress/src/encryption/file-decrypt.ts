import { defineTask, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { storedName } from "../entry-name.ts";
import { readBytes, storeBytes } from "../stored-files.ts";
import { decrypted } from "./cipher.ts";
import { iterations } from "./key-derivation.ts";

const EXTENSION = ".enc";

/** Decrypts a file that FileEncrypt or OpenSSL has encrypted. */
export const fileDecrypt = defineTask({
  type: "io.kestra.plugin.compress.FileDecrypt",
  title: "Decrypt a file",
  description:
    "One of FileEncrypt, of Kestra's as well, or of `openssl enc -aes-256-cbc -pbkdf2`. The file tells which it is.",
  properties: () =>
    z.object({
      from: text().describe("The encrypted file: the URI of a stored one."),
      password: secret().describe("The password it was encrypted with."),
      iterations: iterations().describe(
        "How often the password was hashed, for files in the format of OpenSSL, which don't tell: 10,000 where `openssl` was not told `-iter`.",
      ),
    }),
  outputs: () => z.object({ uri: z.string().describe("The file as it was before it was encrypted.") }),
  examples: [
    {
      title: "Read what a partner sends",
      code: 'id: decrypt\ntype: io.kestra.plugin.compress.FileDecrypt\nfrom: "{{ outputs.download.uri }}"\npassword: "{{ secret(\'PARTNER_PASSWORD\') }}"\n',
    },
  ],
  async run(context) {
    const { from, password, iterations } = context.properties;
    const name = storedName(from);
    const isNamedSo = name.endsWith(EXTENSION) && name.length > EXTENSION.length;
    const content = decrypted(await readBytes(context, from), password, iterations);
    const uri = await storeBytes(context, isNamedSo ? name.slice(0, -EXTENSION.length) : `${name}.out`, content);
    context.log.info(`decrypted into ${uri}`);
    return { uri };
  },
});
