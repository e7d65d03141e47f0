// A decision's record (docs/events.md) as a finding is shown.
import { rules } from './policy';
import { value as shownValue } from './show';
import { i18n, inLanguage, nameOf } from './words';

export type Both = { zh?: string; en?: string };
export type Entity = { kind: string; id: string };
export type Basis = { instrument: string; article?: string; known?: string };
export type Found = {
  rule: string;
  violation: string;
  severity: string;
  mode: string;
  platform: string;
  target: Entity;
  liable?: Entity;
  room?: string;
  session?: string;
  score?: number;
  basis: Basis[];
  features: Record<string, unknown>;
  approximate?: string[];
  hits?: { text: string; term: string }[];
  trigger?: string;
  evidence: string[];
  actions: string[];
  lead?: string;
  assist: string[];
  title?: Both;
  duty?: Both;
  message?: Both;
  pack?: string;
};

// Of an event as the API gives it, whose `data` has no type of its own.
export function foundIn(record: unknown): Found | null {
  const data = (record as { data?: Partial<Found> } | null | undefined)?.data;
  if (!data?.rule || !data.target) return null;
  return { severity: 'info', mode: 'enforce', violation: '', platform: '', basis: [], features: {}, evidence: [], actions: [], assist: [], ...data } as Found;
}

export const ruleTitle = (found: Found) => inLanguage(found.title) || found.rule;

function inWords(id: string, v: unknown): string {
  if (typeof v === 'boolean') return i18n.global.t(`verb.${v ? 'yes' : 'no'}`);
  if (typeof v === 'string' && id.endsWith('category')) return nameOf('category', v.replaceAll('.', '-'));
  return shownValue(v);
}

// What the rule saw, in the pack's words. What a rule computes for itself and the words that it found have none of these: the words
// stand beside, all of it in the record.
export function seen(found: Found): { id: string; what: string; value: string; about: boolean }[] {
  const words = new Map(rules.value.get(found.rule)?.values?.map((item) => [item.id, inLanguage(item.doc)]));
  const own = /^(derived|text)\./;
  return Object.entries(found.features).filter(([id]) => words.has(id) || !own.test(id)).map(([id, v]) => ({
    id,
    what: words.get(id) || id,
    value: inWords(id, v),
    about: found.approximate?.includes(id) ?? false,
  }));
}

const kStep: Record<string, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const rank = (severity: string) => kStep[severity] ?? 0;

// Rows by what they have in common, in the order in which each first comes.
export function grouped<Row>(rows: Row[], of: (row: Row) => string): Map<string, Row[]> {
  const out = new Map<string, Row[]>();
  for (const row of rows) {
    const group = out.get(of(row));
    if (group) group.push(row);
    else out.set(of(row), [row]);
  }
  return out;
}
