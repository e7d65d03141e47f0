// Who somebody is, as pages call them.
import type { Schemas } from './api/client';
import { repairName } from './policy';
import { me } from './session';
import { number, when } from './show';
import { bodyName, i18n, nameOf } from './words';

// "person/li" or "li", of those who act: oneself is "me".
export function holder(who: string | undefined): string {
  if (!who) return '';
  const name = who.startsWith('person/') ? who.slice(7) : who;
  if (name === me.value?.name) return i18n.global.t('who.me');
  if (name === 'livewarden') return i18n.global.t('who.machine');
  if (name === 'public') return i18n.global.t('who.public');
  if (who.startsWith('token/')) return i18n.global.t('who.token', { n: who.slice(6) });
  return name.includes('/') ? bodyName(name) : name;
}
export const isMe = (who: string | undefined) => !!who && (who === me.value?.name || who === `person/${me.value?.name}`);

// "case/17", "report/…" of an audit log: its page, if there is one.
export function pageOf(subject: string): string {
  const [kind, id] = subject.split('/');
  return kind === 'case' && id ? `/cases/${id}` : '';
}
export const subjectName = (subject: string) => {
  const [kind = '', ...rest] = subject.split('/');
  return kind === 'case' ? i18n.global.t('case.name', { id: rest[0] }) : `${nameOf('subject', kind)} ${rest.join('/')}`.trim();
};

// What a case rests on, in figures. Reports are told to departments alone.
export const ground = (counts: Schemas['Case']['counts']) =>
  (['decisions', 'reports', 'inspections'] as const)
    .filter((what) => counts[what])
    .map((what) => i18n.global.t(`case.count.${what}`, { n: number(counts[what]) }))
    .join(' · ');

// What the audit log adds to an act. Most of it is an id of a contract: of which, the act tells.
const kNotes: Record<string, string> = { answerReport: 'reportState', verifyRepair: 'repairState', fileReport: 'violation', acknowledgeIntervention: 'effect', login: 'note', setTotp: 'note' };
export function noteOf(act: Schemas['Act']): string {
  const text = act.text ?? '';
  const locked = /^refused, locked until (\S+)$/.exec(text), task = /^(\S+) for entry \d+ of (\S+)$/.exec(text), role = /^(\S+) of (\S+)$/.exec(text);
  if (locked) return `${nameOf('note', 'refused')} · ${i18n.global.t('people.locked', { at: when(locked[1]) })}`;
  if (act.act === 'setRepair' && task) return `${repairName(task[1]!)} · ${bodyName(task[2]!)}`;
  if (act.act === 'addPerson' && role) return `${nameOf('role', role[1]!)} · ${bodyName(role[2]!)}`;
  const id = text.replaceAll(' ', '-'), name = nameOf(kNotes[act.act] ?? (act.subject.startsWith('case/') ? 'caseState' : ''), id);
  return name === id ? text : name;
}
