// One dialog for every act: what it asks is data.
import { shallowRef } from 'vue';

export type Option = { value: string; label: string; note?: string };
export type Field = {
  name: string;
  label: string;
  kind: 'text' | 'line' | 'password' | 'choice' | 'choices' | 'radio' | 'yuan' | 'whole' | 'day';
  required?: boolean;
  options?: Option[];
  hint?: string;
  value?: string;
  when?: (values: Values) => boolean;
};
export type Value = string | string[] | number | undefined;
export type Values = Record<string, Value>;
export type Question = {
  title: string;
  note?: string;
  fields: Field[];
  secret?: string;  // shown this once, to be copied
  verb: string;
  danger?: boolean;
  // Done: the dialog closes, or goes on to what is given. What it throws is shown in the dialog, which stays with all that was written.
  send: (values: Values) => Promise<void | Question>;
};

export const question = shallowRef<Question | null>(null);
export const ask = (asked: Question) => (question.value = asked);

export const text = (values: Values, name: string): string => String(values[name] ?? '').trim();
export const given = (values: Values, name: string): string | undefined => text(values, name) || undefined;
