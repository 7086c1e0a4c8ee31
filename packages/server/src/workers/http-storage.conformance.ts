import { storageConformance } from "@capstan/storage/conformance";
import { createHttpStorage } from "@capstan/storage/http";
import { startWorkerServer, TOKEN } from "./testing/worker-server.ts";

storageConformance("the files of a server over HTTP", {
  create: async () => {
    const { url, close } = await startWorkerServer({});
    return { storage: createHttpStorage({ server: url, token: TOKEN, workerId: "w" }), dispose: close };
  },
});
