import type { Producer } from "@platformatic/kafka";

/** The last version of this request that is for clients; brokers refuse the later ones, which they speak among themselves. */
const ADD_PARTITIONS_VERSION_MAX = 3;

/**
 * Keeps a producer from a request that no broker takes from a client. @platformatic/kafka 2.12 chooses the last version that a broker
 * names; when it leaves out those of brokers for `AddPartitionsToTxn`, this can go. Throws when the library keeps versions elsewhere.
 */
export async function speakAsClient(producer: Producer): Promise<void> {
  const place = Object.getOwnPropertySymbols(producer).find(({ description }) => description === "plt.kafka.base.apis");
  if (place === undefined)
    throw new TypeError("@platformatic/kafka does not keep the versions of requests where it did");
  const apis = await producer.listApis();
  const versions = apis.map((api) =>
    api.name === "AddPartitionsToTxn"
      ? { ...api, maxVersion: Math.min(api.maxVersion, ADD_PARTITIONS_VERSION_MAX) }
      : api,
  );
  Reflect.set(producer, place, versions);
}
