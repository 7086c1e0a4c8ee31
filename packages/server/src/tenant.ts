/** The one tenant that the open instance has. */
export const TENANT = "main";
