import { TaskFailure } from "@capstan/sdk";
import type { Faker } from "@faker-js/faker";

/** Languages, and countries that write otherwise; each is loaded when it is asked for. */
const LOCALES: Readonly<Record<string, () => Promise<{ readonly faker: Faker }>>> = {
  ar: () => import("@faker-js/faker/locale/ar"),
  cs: () => import("@faker-js/faker/locale/cs_CZ"),
  da: () => import("@faker-js/faker/locale/da"),
  de: () => import("@faker-js/faker/locale/de"),
  de_AT: () => import("@faker-js/faker/locale/de_AT"),
  de_CH: () => import("@faker-js/faker/locale/de_CH"),
  el: () => import("@faker-js/faker/locale/el"),
  en: () => import("@faker-js/faker/locale/en"),
  en_AU: () => import("@faker-js/faker/locale/en_AU"),
  en_CA: () => import("@faker-js/faker/locale/en_CA"),
  en_GB: () => import("@faker-js/faker/locale/en_GB"),
  en_IN: () => import("@faker-js/faker/locale/en_IN"),
  en_US: () => import("@faker-js/faker/locale/en_US"),
  es: () => import("@faker-js/faker/locale/es"),
  es_MX: () => import("@faker-js/faker/locale/es_MX"),
  fi: () => import("@faker-js/faker/locale/fi"),
  fr: () => import("@faker-js/faker/locale/fr"),
  fr_BE: () => import("@faker-js/faker/locale/fr_BE"),
  fr_CA: () => import("@faker-js/faker/locale/fr_CA"),
  fr_CH: () => import("@faker-js/faker/locale/fr_CH"),
  he: () => import("@faker-js/faker/locale/he"),
  hu: () => import("@faker-js/faker/locale/hu"),
  it: () => import("@faker-js/faker/locale/it"),
  ja: () => import("@faker-js/faker/locale/ja"),
  ko: () => import("@faker-js/faker/locale/ko"),
  nb: () => import("@faker-js/faker/locale/nb_NO"),
  nl: () => import("@faker-js/faker/locale/nl"),
  nl_BE: () => import("@faker-js/faker/locale/nl_BE"),
  pl: () => import("@faker-js/faker/locale/pl"),
  pt: () => import("@faker-js/faker/locale/pt_PT"),
  pt_BR: () => import("@faker-js/faker/locale/pt_BR"),
  ro: () => import("@faker-js/faker/locale/ro"),
  ru: () => import("@faker-js/faker/locale/ru"),
  sv: () => import("@faker-js/faker/locale/sv"),
  tr: () => import("@faker-js/faker/locale/tr"),
  uk: () => import("@faker-js/faker/locale/uk"),
  vi: () => import("@faker-js/faker/locale/vi"),
  zh: () => import("@faker-js/faker/locale/zh_CN"),
  zh_TW: () => import("@faker-js/faker/locale/zh_TW"),
};

/** What knows a language, in its country if that makes a difference. Throws `TaskFailure` for a language that nobody knows. */
export async function fakerFor(locale: readonly string[] = []): Promise<Faker> {
  const [language = "en", country = ""] = locale.length === 1 ? (locale[0]?.split(/[-_]/) ?? []) : locale;
  const load = LOCALES[`${language.toLowerCase()}_${country.toUpperCase()}`] ?? LOCALES[language.toLowerCase()];
  if (load !== undefined) return (await load()).faker;
  const known = new Set(Object.keys(LOCALES).map((name) => name.slice(0, 2)));
  throw new TaskFailure(
    `\`locale\` is ${JSON.stringify(locale)}: no data is known of this language. Known: ${[...known].join(", ")}.`,
  );
}
