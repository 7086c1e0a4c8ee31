import { defineTask, listOrText, secret, TaskFailure, text } from "@capstan/sdk";
import type { Key } from "openpgp";
import { addAbortSignal, Readable } from "node:stream";
import { z } from "zod";
import { keysOf, readPublicKeys, readSecretKeys } from "./keys.ts";
import { storeWeb, webOf } from "./streams.ts";

const ARMOR = Buffer.from("-----BEGIN PGP", "latin1");

/** Decrypts a file, and proves who has signed it. */
export const decrypt = defineTask({
  type: "io.kestra.plugin.crypto.openpgp.Decrypt",
  title: "Decrypt a file with OpenPGP",
  description:
    "Binary files and those of text (`gpg --armor`). Nothing is stored of a file that was changed on its way, or that lacks a signature it needs.",
  properties: () =>
    z.object({
      from: text().describe("The encrypted file: the URI of a stored one."),
      privateKey: secret().describe("The private key, as `gpg --export-secret-keys -a` writes it."),
      privateKeyPassphrase: secret().optional().describe("The passphrase of `privateKey`."),
      signUsersKey: listOrText()
        .optional()
        .describe("The public keys of those who may have signed, as `gpg --export -a` writes them."),
      requiredSignerUsers: listOrText()
        .optional()
        .describe(
          "Who must have signed: addresses, or whole names, of users of keys in `signUsersKey`. Without it signatures are not looked at.",
        ),
    }),
  outputs: () => z.object({ uri: z.string().describe("The file as it was before it was encrypted.") }),
  examples: [
    {
      title: "Read what a partner has signed",
      code:
        'id: decrypt\ntype: io.kestra.plugin.crypto.openpgp.Decrypt\nfrom: "{{ outputs.download.uri }}"\nprivateKey: "{{ secret(\'OUR_PRIVATE_KEY\') }}"\n' +
        "privateKeyPassphrase: \"{{ secret('OUR_PASSPHRASE') }}\"\nsignUsersKey: [\"{{ secret('PARTNER_PUBLIC_KEY') }}\"]\nrequiredSignerUsers: [partner@example.com]\n",
    },
  ],
  async run(context) {
    const { from, privateKey, privateKeyPassphrase, signUsersKey = [], requiredSignerUsers = [] } = context.properties;
    const names = { key: "privateKey", passphrase: "privateKeyPassphrase" };
    const decryptionKeys = [...(await readSecretKeys(privateKey, privateKeyPassphrase, names))];
    const signers = (await Promise.all(signUsersKey.map((key) => readPublicKeys(key, "signUsersKey")))).flat();
    const required = requiredSignerUsers.map((user) => ({ user, keys: keysOf(signers, user, "signUsersKey") }));
    const openpgp = await import("openpgp");
    const failed = (error: unknown) => {
      if (context.signal.aborted) throw context.signal.reason;
      throw error instanceof TaskFailure
        ? error
        : new TaskFailure(`The file can't be decrypted: ${(error as Error).message.replace(/\.$/, "")}.`, {
            cause: error,
          });
    };
    const source = addAbortSignal(context.signal, await context.files.read(from));
    try {
      const { content, isArmored } = await peeked(source);
      const message = isArmored
        ? await openpgp.readMessage({ armoredMessage: webOf(content.setEncoding("latin1")) as never })
        : await openpgp.readMessage({ binaryMessage: webOf(content) });
      const { data, signatures } = await openpgp.decrypt({
        message: message as never,
        decryptionKeys,
        verificationKeys: signers,
        format: "binary",
        // The library would keep all of it in memory until it has proved whole; here it isn't stored before that.
        config: { allowUnauthenticatedStream: true },
      });
      const check = async () => checkSigners(required, signatures);
      const name = nameOf(from);
      const uri = await storeWeb(context, name, data as unknown as ReadableStream<Uint8Array>, check);
      context.log.info(`decrypted into ${uri}`);
      return { uri };
    } catch (error) {
      return failed(error);
    } finally {
      source.destroy();
    }
  },
});

/** A stream from its beginning, and whether that is the one of a text. */
async function peeked(source: Readable): Promise<{ content: Readable; isArmored: boolean }> {
  const pieces = source.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  while (start.length < ARMOR.length) {
    const { done, value } = await pieces.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  async function* all() {
    yield start;
    for (;;) {
      const { done, value } = await pieces.next();
      if (done === true) return;
      yield value;
    }
  }
  return {
    content: Readable.from(all(), { objectMode: false }),
    isArmored: start.subarray(0, ARMOR.length).equals(ARMOR),
  };
}

interface Signature {
  readonly keyID: NonNullable<Parameters<Key["getKeys"]>[0]>;
  /** Rejects for one that isn't right. */
  readonly verified: Promise<true>;
}

/** Throws `TaskFailure` that names whose signature is missing or wrong. */
async function checkSigners(
  required: readonly { readonly user: string; readonly keys: readonly Key[] }[],
  signatures: readonly Signature[],
): Promise<void> {
  const proved = await Promise.all(
    signatures.map(async ({ keyID, verified }) => ({
      keyID,
      isRight: await verified.then(
        () => true,
        () => false,
      ),
    })),
  );
  for (const { user, keys } of required) {
    const isSigned = proved.some(({ keyID, isRight }) => isRight && keys.some((key) => key.getKeys(keyID).length > 0));
    if (!isSigned) throw new TaskFailure(`The file has no right signature of ${user}. Nothing of it was stored.`);
  }
}

function nameOf(uri: string): string {
  const name = uri
    .split("/")
    .at(-1)!
    .replaceAll(/[^\w.@-]+/g, "_");
  const bare = name.replace(/\.(?:pgp|gpg|asc)$/i, "");
  return bare === name || bare === "" ? `${name || "file"}.out` : bare;
}
