// What packs name, in both languages: measures, grades, classes, tasks, rules and the values that rules see.
import { shallowRef } from 'vue';
import { api, ok, type Schemas } from './api/client';
import { inLanguage, nameOf } from './words';
import type { Calendar } from './days';

export type Rule = Schemas['Rule'];
export const policy = shallowRef<Schemas['Policy'] | null>(null);
export const rules = shallowRef<Map<string, Rule>>(new Map());

export async function loadPolicy() {
  policy.value = await ok(api.GET('/v1/policy'));
}

let asked: Promise<void> | undefined;
async function readRules() {
  const all = new Map<string, Rule>();
  let after: string | undefined;
  do {
    const page = await ok(api.GET('/v1/rules', { params: { query: { limit: 200, after } } }));
    for (const rule of page.items) all.set(rule.rule, rule);
    after = page.next;
  } while (after);
  rules.value = all;
}
// Read once, when the first finding is shown.
export const needRules = () =>
  (asked ??= readRules().catch(() => {
    asked = undefined;
  }));

type Named = { id: string; name: { zh: string; en: string } };
const named = (list: Named[] | undefined, id: string) => inLanguage(list?.find((item) => item.id === id)?.name) || id;
export const measureName = (id: string) => named(policy.value?.measures, id);
// What a platform is asked for, or a department imposes: an action of the contract or a measure of the pack.
export const stepName = (id: string) => (nameOf('action', id) !== id ? nameOf('action', id) : measureName(id));
export const isGrave = (id: string) => policy.value?.measures.find((measure) => measure.id === id)?.grave ?? false;
export const gradeName = (id: string) => named(policy.value?.grades, id);
export const className = (id: string) => named(policy.value?.classes, id);
export const repairName = (id: string) => named(policy.value?.repairs, id);
// Why points were taken or given: a violation, a good conduct, a repair task.
export function reasonName(id: string): string {
  const violation = nameOf('violation', id);
  if (violation !== id) return violation;
  const conduct = named(policy.value?.conduct, id);
  return conduct !== id ? conduct : repairName(id);
}
export const calendar = (): Calendar => policy.value?.calendar ?? { days_off: [], days_worked: [] };
