// Who is logged in, and what they may do. The service asks again at every call; this only keeps what would be refused off the page.
import { computed, ref } from 'vue';
import access from './api/access.json';
import { api, ok, Refused, secret, type Schemas } from './api/client';
import { startLive, stopLive } from './live';
import { loadPolicy } from './policy';

export type Me = Schemas['Me'];
export type Operation = keyof typeof access;
export const me = ref<Me | null>(null);

export const department = computed(() => (me.value?.body.startsWith('department/') ? me.value.body.slice(11) : ''));
export const bodyKind = computed(() => {
  const kind = me.value?.body.split('/')[0] ?? '';
  return ['department', 'platform', 'livewarden', ''].includes(kind) ? kind : 'party';
});

export function may(operation: Operation): boolean {
  if (!me.value) return false;
  const { roles, bodies }: { roles: string[]; bodies: string[] } = access[operation];
  return roles.includes(me.value.role) && bodies.includes(bodyKind.value);
}

async function enter(who: Me) {
  me.value = who;
  secret.csrf = who.csrf;
  if (who.fresh) return;
  await loadPolicy();
  if (may('stream')) startLive();
}

export function forget() {
  me.value = null;
  secret.csrf = '';
  stopLive();
}

// Once, when the page is loaded.
export async function recall() {
  try {
    await enter(await ok(api.GET('/v1/me')));
  } catch (refused) {
    if (!(refused instanceof Refused) || refused.status !== 401) throw refused;
  }
}

// `code` is asked for by a refusal whose field is "code".
export async function logIn(name: string, password: string, code: string) {
  await enter(await ok(api.POST('/v1/login', { body: code ? { name, password, code } : { name, password } })));
}
export async function logOut() {
  try {
    await ok(api.POST('/v1/logout'));
  } finally {
    forget();
  }
}
// After what changes the session itself.
export const refresh = async () => enter(await ok(api.GET('/v1/me')));
