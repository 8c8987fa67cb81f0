/** The form of a word that a language has for a count. */
import { formatNumber, pluralOf } from "../formats";
export function plural(tag: string, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return `${formatNumber(tag, count)} ${forms[pluralOf(tag, count)] ?? forms.other}`;
}
