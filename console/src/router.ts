import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { may, me, recall } from './session';

// Open ones need no login.
const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./pages/Login.vue'), meta: { open: true } },
  { path: '/report', name: 'file-report', component: () => import('./pages/FileReport.vue'), meta: { open: true } },
  { path: '/report/:receipt', name: 'receipt', component: () => import('./pages/Receipt.vue'), props: true, meta: { open: true } },
  { path: '/published', name: 'published', component: () => import('./pages/Published.vue'), meta: { open: true } },
  // Where somebody's day begins: whoever runs the service sees no rooms.
  { path: '/', name: 'home', component: () => import('./pages/Nowhere.vue'), beforeEnter: () => (may('listRooms') ? '/rooms' : may('listPeople') ? '/people' : '/me') },
  { path: '/rooms', name: 'rooms', component: () => import('./pages/Rooms.vue') },
  { path: '/rooms/:platform/:room', name: 'room', component: () => import('./pages/Room.vue'), props: true },
  { path: '/cases', name: 'cases', component: () => import('./pages/Cases.vue') },
  { path: '/cases/:id(\\d+)', name: 'case', component: () => import('./pages/Case.vue'), props: (route) => ({ id: Number(route.params.id) }) },
  { path: '/credit', name: 'credit', component: () => import('./pages/Credit.vue') },
  { path: '/parties/:platform/:kind/:id', name: 'party', component: () => import('./pages/Party.vue'), props: true },
  { path: '/reports', name: 'reports', component: () => import('./pages/Reports.vue') },
  { path: '/people', name: 'people', component: () => import('./pages/People.vue') },
  { path: '/audit', name: 'audit', component: () => import('./pages/Audit.vue') },
  { path: '/me', name: 'me', component: () => import('./pages/Account.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./pages/Nowhere.vue'), meta: { open: true } },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

let recalled: Promise<void> | undefined;
router.beforeEach(async (to) => {
  try {
    await (recalled ??= recall());
  } catch {
    recalled = undefined;  // the service is away: the login page says so when it is used
  }
  if (!me.value && !to.meta.open) return { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  if (me.value && to.name === 'login') return '/';
  if (me.value?.fresh && !to.meta.open && to.name !== 'me') return { name: 'me' };
  return true;
});
