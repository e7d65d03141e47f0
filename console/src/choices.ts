// What a form offers where a contract names the words.
import type { Option } from './ask';
import names from './words/names.zh';
import { policy } from './policy';
import { inLanguage, nameOf } from './words';

const of = (group: keyof typeof names): Option[] => Object.keys(names[group]).map((id) => ({ value: id, label: nameOf(group, id) }));
export const violations = () => of('violation');
export const departments = (without: string[] = []) => of('department').filter((option) => !without.includes(option.value));
export const partyKinds = () => (['host', 'operator', 'merchant', 'mcn', 'platform'] as const).map((kind) => ({ value: kind, label: nameOf('kind', kind) }));
export const targetKinds = () => (['room', 'host', 'merchant', 'product', 'account', 'operator', 'platform', 'order', 'review'] as const).map((kind) => ({ value: kind, label: nameOf('kind', kind) }));
export const roles = (kinds: string[]) => kinds.map((role) => ({ value: role, label: nameOf('role', role) }));

// The ladder, from its foot: what this department may impose.
export const measures = (department: string) =>
  [...(policy.value?.measures ?? [])]
    .filter((measure) => !measure.departments.length || measure.departments.includes(department))
    .sort((a, b) => a.step - b.step)
    .map((measure) => ({ ...measure, label: inLanguage(measure.name) }));
