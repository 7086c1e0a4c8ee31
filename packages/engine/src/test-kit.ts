/** For simulations: random flows, the same for every seed. */
export { shapes, sourceOf, type Choice, type Shape } from "./testing/random-flow.ts";
