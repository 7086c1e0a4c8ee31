/** The tenant of everything that the command line does itself. */
export const TENANT = "main";
