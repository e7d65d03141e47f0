// Chinese and English; the browser's language at first, then what was chosen.
import { computed } from 'vue';
import { createI18n } from 'vue-i18n';
import { brief } from '../show';
import en from './en';
import zh from './zh';

export type Language = 'zh' | 'en';
const kStored = 'language';
const stored = localStorage.getItem(kStored);
const first: Language = stored === 'zh' || stored === 'en' ? stored : navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';

export const i18n = createI18n({ legacy: false, locale: first, fallbackLocale: 'zh', messages: { zh, en } });
const { t, te, locale } = i18n.global;

export const language = computed<Language>(() => locale.value as Language);
export const isZh = computed(() => language.value === 'zh');
function use(chosen: Language) {
  locale.value = chosen;
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en';
}
export function setLanguage(chosen: Language) {
  use(chosen);
  localStorage.setItem(kStored, chosen);
}
use(first);

// The words of an id of a contract; the id itself where it has none.
export const nameOf = (group: string, id: string): string => (te(`${group}.${id}`) ? t(`${group}.${id}`) : id);
// Of a text that comes in both languages.
export const inLanguage = (text: { zh?: string; en?: string } | null | undefined): string =>
  (text && (isZh.value ? text.zh || text.en : text.en || text.zh)) || '';

// "department/samr" → 市场监管; "merchant/alpha/m1" → 商家 m1 · alpha.
export function bodyName(body: string): string {
  const [kind = '', ...rest] = body.split('/');
  if (kind === 'department') return nameOf('department', rest.join('/'));
  if (kind === 'platform') return `${nameOf('kind', 'platform')} ${rest.join('/')}`;
  if (rest.length === 2) return `${nameOf('kind', kind)} ${brief(rest[1] ?? '')} · ${rest[0]}`;
  return body;
}
