import { registerHooks } from "node:module";

/** Modules of the platform that plugins from elsewhere get when they import them by name, in place of copies of their own. */
export interface ProvidedModules {
  /** URLs of the folders in which such plugins lie, with a slash at the end. */
  readonly below: readonly string[];
  /** URLs of modules by the names under which they are imported. */
  readonly modules: Readonly<Record<string, string>>;
}

/**
 * From now on, in this thread. A plugin and the platform must have the same SDK: what one makes the other knows by its class, and two
 * copies would each have a class of their own.
 */
export function provideModules({ below, modules }: ProvidedModules): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = Object.hasOwn(modules, specifier) ? modules[specifier] : undefined;
      const { parentURL } = context;
      if (url === undefined || parentURL === undefined || !below.some((folder) => parentURL.startsWith(folder)))
        return next(specifier, context);
      return { url, shortCircuit: true };
    },
  });
}
