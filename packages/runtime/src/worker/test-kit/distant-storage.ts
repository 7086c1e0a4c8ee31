import { get } from "node:http";
import { createMemoryStorage, type Storage } from "@capstan/storage";

function reached(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(address, { agent: false }, (response) => response.resume().once("end", resolve)).once("error", reject);
  });
}

/** A storage that reaches for the network each time something is written. */
export function createDistantStorage({ address }: { readonly address: string }): Storage {
  const storage = createMemoryStorage();
  const put: Storage["put"] = async (...given) => {
    await reached(address);
    return storage.put(...given);
  };
  return new Proxy(storage, { get: (target, name) => (name === "put" ? put : (Reflect.get(target, name) as unknown)) });
}
