import { testSeeds } from "./testing-seeds.ts";

// Two files, so that two cores play them.
testSeeds(1, 1_500);
