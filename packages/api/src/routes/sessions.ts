import { z } from "zod";
import { routes } from "../route.ts";

/** A browser's way to show a credential: a cookie that it gets for one. */
export const sessionRoutes = routes({
  login: {
    method: "POST",
    path: "/login",
    scope: "instance",
    permission: "login",
    summary: "Get a cookie for a username and a password",
    body: {
      kind: "json",
      get schema() {
        return z.object({ username: z.string(), password: z.string() });
      },
    },
    get answer() {
      return z.object({});
    },
  },
  logout: {
    method: "POST",
    path: "/logout",
    scope: "instance",
    permission: "login",
    summary: "Drop the cookie",
    get answer() {
      return z.object({});
    },
  },
  listCredentialProblems: {
    method: "GET",
    path: "/basicAuthValidationErrors",
    operation: "basicAuthConfigErrors",
    scope: "instance",
    permission: "public",
    summary: "List what is wrong with the credential of the server's settings: nothing, or the server would not run",
    get answer() {
      return z.array(z.string());
    },
  },
});
