import type { Checker } from "../history.ts";

/** An error that neither a person nor an outage explains is a bug of ours. */
export const noDefects: Checker = {
  invariant: "nothing fails by itself",
  watch: ({ violate }) => {
    return (observation) => {
      if (observation.type === "defect") violate(observation.message);
    };
  },
};
