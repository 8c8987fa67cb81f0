// Numbers and dates in words of a place. To make a formatter takes a browser a hundred times as long as to use it, so each is made once.
const numbers = new Map<string, Intl.NumberFormat>();
const dates = new Map<string, Intl.DateTimeFormat>();
const rules = new Map<string, Intl.PluralRules>();

function once<T>(kept: Map<string, T>, key: string, make: () => T): T {
  let had = kept.get(key);
  if (had === undefined) kept.set(key, (had = make()));
  return had;
}

const keyOf = (tag: string, options: object | undefined): string => (options ? tag + JSON.stringify(options) : tag);

export const formatNumber = (tag: string, value: number, options?: Intl.NumberFormatOptions): string =>
  once(numbers, keyOf(tag, options), () => new Intl.NumberFormat(tag, options)).format(value);

export const formatDate = (tag: string, at: Date, options: Intl.DateTimeFormatOptions): string =>
  once(dates, keyOf(tag, options), () => new Intl.DateTimeFormat(tag, options)).format(at);

/** The order of names: mic-2 before mic-10. */
export const byName = new Intl.Collator(undefined, { numeric: true }).compare;

export const pluralOf = (tag: string, count: number): Intl.LDMLPluralRule => once(rules, tag, () => new Intl.PluralRules(tag)).select(count);
