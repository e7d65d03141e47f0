// Who somebody is, as pages call them.
import { me } from './session';
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
