/** The form of a word that a language has for a count. */
export function plural(tag: string, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return `${count.toLocaleString(tag)} ${forms[new Intl.PluralRules(tag).select(count)] ?? forms.other}`;
}
