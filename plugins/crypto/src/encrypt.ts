import { defineTask, listOrText, secret, TaskFailure, text } from "@capstan/sdk";
import type { PrivateKey } from "openpgp";
import { z } from "zod";
import { keysOf, readPublicKeys, readSecretKeys } from "./keys.ts";
import { readWeb, storeWeb } from "./streams.ts";

/** Encrypts a file for those who have the keys. */
export const encrypt = defineTask({
  type: "io.kestra.plugin.crypto.openpgp.Encrypt",
  title: "Encrypt a file with OpenPGP",
  description: "Any OpenPGP program decrypts it, such as `gpg --decrypt`.",
  properties: () =>
    z.object({
      from: text().describe("The file: the URI of a stored one."),
      key: text().describe("The public keys of the recipients, as `gpg --export -a` writes them."),
      recipients: listOrText().describe(
        "Who is to read it: the address, or the whole name, of the user of a key in `key`.",
      ),
      signPrivateKey: secret()
        .optional()
        .describe("The private key to sign with, as `gpg --export-secret-keys -a` writes it."),
      signPassphrase: secret().optional().describe("The passphrase of `signPrivateKey`."),
      signUser: text()
        .optional()
        .describe("Which of the keys in `signPrivateKey` signs, by its user. Without it all do."),
      signPublicKey: text().optional().describe("Not needed, as a private key has its public one in it."),
    }),
  outputs: () => z.object({ uri: z.string().describe("The encrypted file, with the extension `.pgp`. It is binary.") }),
  examples: [
    {
      title: "Encrypt for a partner, and sign",
      code:
        'id: encrypt\ntype: io.kestra.plugin.crypto.openpgp.Encrypt\nfrom: "{{ outputs.export.uri }}"\nkey: "{{ secret(\'PARTNER_PUBLIC_KEY\') }}"\n' +
        "recipients: [partner@example.com]\nsignPrivateKey: \"{{ secret('OUR_PRIVATE_KEY') }}\"\nsignPassphrase: \"{{ secret('OUR_PASSPHRASE') }}\"\n",
    },
  ],
  async run(context) {
    const { from, key, recipients } = context.properties;
    if (recipients.length === 0) throw new TaskFailure("`recipients` names nobody: name one at least.");
    const known = await readPublicKeys(key, "key");
    const encryptionKeys = recipients.flatMap((recipient) => keysOf(known, recipient, "key"));
    const signingKeys = await signingKeysOf(context.properties);
    const openpgp = await import("openpgp");
    const message = await openpgp.createMessage({ binary: await readWeb(context, from) });
    const encrypted = await openpgp
      .encrypt({
        message,
        encryptionKeys,
        format: "binary",
        ...(signingKeys.length > 0 && { signingKeys: [...signingKeys] }),
      })
      .catch((error: unknown) => {
        if (context.signal.aborted) throw context.signal.reason;
        throw new TaskFailure(`The file can't be encrypted: ${(error as Error).message}.`, { cause: error });
      });
    const uri = await storeWeb(context, `${nameOf(from)}.pgp`, encrypted);
    context.log.info(`encrypted for ${recipients.join(", ")} into ${uri}${signingKeys.length > 0 ? ", signed" : ""}`);
    return { uri };
  },
});

interface Signing {
  readonly signPrivateKey?: string | undefined;
  readonly signPassphrase?: string | undefined;
  readonly signUser?: string | undefined;
}

async function signingKeysOf({ signPrivateKey, signPassphrase, signUser }: Signing): Promise<readonly PrivateKey[]> {
  if (signPrivateKey === undefined) {
    if (signUser === undefined) return [];
    throw new TaskFailure("`signUser` is to sign, and there is no key: give it with `signPrivateKey`.");
  }
  const keys = await readSecretKeys(signPrivateKey, signPassphrase, {
    key: "signPrivateKey",
    passphrase: "signPassphrase",
  });
  return signUser === undefined ? keys : keysOf(keys, signUser, "signPrivateKey");
}

function nameOf(uri: string): string {
  return (
    uri
      .split("/")
      .at(-1)!
      .replaceAll(/[^\w.@-]+/g, "_") || "file"
  );
}
