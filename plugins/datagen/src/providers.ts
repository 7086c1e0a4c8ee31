import type { Faker } from "@faker-js/faker";

export type Provider = (faker: Faker, args: readonly string[]) => string | number | boolean;

const address: Readonly<Record<string, Provider>> = {
  "address.buildingnumber": (faker) => faker.location.buildingNumber(),
  "address.city": (faker) => faker.location.city(),
  "address.cityname": (faker) => faker.location.city(),
  "address.country": (faker) => faker.location.country(),
  "address.countrycode": (faker) => faker.location.countryCode(),
  "address.fulladdress": (faker) =>
    `${faker.location.streetAddress()}, ${faker.location.zipCode()} ${faker.location.city()}`,
  "address.latitude": (faker) => faker.location.latitude(),
  "address.longitude": (faker) => faker.location.longitude(),
  "address.postcode": (faker) => faker.location.zipCode(),
  "address.secondaryaddress": (faker) => faker.location.secondaryAddress(),
  "address.state": (faker) => faker.location.state(),
  "address.streetaddress": (faker) => faker.location.streetAddress(),
  "address.streetname": (faker) => faker.location.street(),
  "address.timezone": (faker) => faker.location.timeZone(),
  "address.zipcode": (faker) => faker.location.zipCode(),
};

const people: Readonly<Record<string, Provider>> = {
  "demographic.sex": (faker) => faker.person.sex(),
  "gender.types": (faker) => faker.person.gender(),
  "job.field": (faker) => faker.person.jobArea(),
  "job.keyskills": (faker) => faker.person.jobArea(),
  "job.position": (faker) => faker.person.jobType(),
  "job.seniority": (faker) => faker.person.jobDescriptor(),
  "job.title": (faker) => faker.person.jobTitle(),
  "name.femalefirstname": (faker) => faker.person.firstName("female"),
  "name.firstname": (faker) => faker.person.firstName(),
  "name.fullname": (faker) => `${faker.person.firstName()} ${faker.person.lastName()}`,
  "name.lastname": (faker) => faker.person.lastName(),
  "name.malefirstname": (faker) => faker.person.firstName("male"),
  "name.name": (faker) => `${faker.person.firstName()} ${faker.person.lastName()}`,
  "name.prefix": (faker) => faker.person.prefix(),
  "name.suffix": (faker) => faker.person.suffix(),
  "name.title": (faker) => faker.person.jobTitle(),
  "name.username": (faker) => faker.internet.username(),
  "phonenumber.cellphone": (faker) => faker.phone.number(),
  "phonenumber.phonenumber": (faker) => faker.phone.number(),
};

const internet: Readonly<Record<string, Provider>> = {
  "internet.domainname": (faker) => faker.internet.domainName(),
  // At domains that are kept for examples, so that a flow that is tried out mails nobody.
  "internet.emailaddress": (faker) => faker.internet.exampleEmail(),
  "internet.httpmethod": (faker) => faker.internet.httpMethod(),
  "internet.ipv4address": (faker) => faker.internet.ipv4(),
  "internet.ipv6address": (faker) => faker.internet.ipv6(),
  "internet.macaddress": (faker) => faker.internet.mac(),
  "internet.password": (faker) => faker.internet.password(),
  "internet.port": (faker) => faker.internet.port(),
  "internet.safeemailaddress": (faker) => faker.internet.exampleEmail(),
  "internet.url": (faker) => faker.internet.url(),
  "internet.useragent": (faker) => faker.internet.userAgent(),
  "internet.username": (faker) => faker.internet.username(),
  "internet.uuid": (faker) => faker.string.uuid(),
};

const business: Readonly<Record<string, Provider>> = {
  "app.name": (faker) => faker.commerce.productName(),
  "book.author": (faker) => faker.book.author(),
  "book.title": (faker) => faker.book.title(),
  "color.name": (faker) => faker.color.human(),
  "commerce.brand": (faker) => faker.company.name(),
  "commerce.department": (faker) => faker.commerce.department(),
  "commerce.material": (faker) => faker.commerce.productMaterial(),
  "commerce.price": (faker) => faker.commerce.price(),
  "commerce.productname": (faker) => faker.commerce.productName(),
  "company.buzzword": (faker) => faker.company.buzzNoun(),
  "company.catchphrase": (faker) => faker.company.catchPhrase(),
  "company.industry": (faker) => faker.commerce.department(),
  "company.name": (faker) => faker.company.name(),
  "finance.bic": (faker) => faker.finance.bic(),
  "finance.creditcard": (faker) => faker.finance.creditCardNumber(),
  "finance.iban": (faker) => faker.finance.iban(),
  "currency.code": (faker) => faker.finance.currencyCode(),
  "currency.name": (faker) => faker.finance.currencyName(),
  "food.dish": (faker) => faker.food.dish(),
  "food.ingredient": (faker) => faker.food.ingredient(),
};

const texts: Readonly<Record<string, Provider>> = {
  "lorem.characters": (faker, [length]) => faker.string.alpha(wholeNumber(length, 255)),
  "lorem.paragraph": (faker) => faker.lorem.paragraph(),
  "lorem.sentence": (faker) => faker.lorem.sentence(),
  "lorem.word": (faker) => faker.lorem.word(),
  "lorem.words": (faker, [count]) => faker.lorem.words(wholeNumber(count, 3)),
  "animal.name": (faker) => faker.animal.type(),
};

const values: Readonly<Record<string, Provider>> = {
  "bool.bool": (faker) => faker.datatype.boolean(),
  bothify: (faker, [pattern = ""]) => faker.helpers.replaceSymbols(pattern.replaceAll("*", "")),
  "date.birthday": (faker) => faker.date.birthdate().toISOString(),
  "date.future": (faker, [amount, unit]) => withinOf(faker, lengthOf(amount, unit)),
  "date.past": (faker, [amount, unit]) => withinOf(faker, -lengthOf(amount, unit)),
  letterify: (faker, [pattern = ""]) =>
    pattern.replaceAll("?", () => faker.string.alpha({ length: 1, casing: "lower" })),
  "number.digit": (faker) => faker.string.numeric(),
  "number.digits": (faker, [count]) => faker.string.numeric({ length: wholeNumber(count, 1), allowLeadingZeros: true }),
  "number.numberbetween": (faker, [least, below]) => {
    const [min, max] = [wholeNumber(least, 0), wholeNumber(below, 2_147_483_647)];
    return faker.number.int({ min, max: Math.max(min, max - 1) });
  },
  "number.positive": (faker) => faker.number.int({ min: 1, max: 2_147_483_647 }),
  "number.randomdigit": (faker) => faker.number.int(9),
  "number.randomdouble": (faker, [digits, least, most]) =>
    faker.number.float({
      fractionDigits: wholeNumber(digits, 2),
      min: wholeNumber(least, 0),
      max: wholeNumber(most, 1_000_000),
    }),
  "number.randomnumber": (faker) => faker.number.int({ min: 0, max: 2_147_483_647 }),
  numerify: (faker, [pattern = ""]) => pattern.replaceAll("#", () => faker.string.numeric()),
  "options.option": (faker, args) => (args.length === 0 ? "" : faker.helpers.arrayElement(args)),
  regexify: (faker, [pattern = ""]) => faker.helpers.fromRegExp(pattern),
};

/** What can be made up, by names in small letters without underscores. */
export const PROVIDERS: Readonly<Record<string, Provider>> = {
  ...address,
  ...people,
  ...internet,
  ...business,
  ...texts,
  ...values,
};

function wholeNumber(text: string | undefined, byDefault: number): number {
  const value = Number(text ?? byDefault);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`"${text}" is no whole number`);
}

/** Units of time as Java names them, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { DAYS: 86_400_000, HOURS: 3_600_000, MINUTES: 60_000, SECONDS: 1_000 };

/** In milliseconds; a year by default. */
function lengthOf(amount: string | undefined, unit = "DAYS"): number {
  const unitMs = UNITS[unit.toUpperCase()];
  if (unitMs === undefined) throw new RangeError(`"${unit}" is no unit: ${Object.keys(UNITS).join(", ")}`);
  return wholeNumber(amount, 365) * unitMs;
}

/** Some time between now and so many milliseconds from now, or ago. */
function withinOf(faker: Faker, lengthMs: number): string {
  const now = Date.now();
  const [from, to] = [Math.min(now, now + lengthMs), Math.max(now, now + lengthMs)];
  return faker.date.between({ from, to }).toISOString();
}
