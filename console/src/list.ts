// A list that comes in pages.
import { ref, shallowRef } from 'vue';
import { ok } from './api/client';

type Page<Row> = { items: Row[]; next?: string };
type Ask<Row> = (after: string | undefined) => Promise<{ data?: Page<Row>; error?: unknown; response: Response }>;

export function useList<Row>(ask: Ask<Row>) {
  const rows = shallowRef<Row[]>([]);
  const next = ref<string>();
  const state = ref<'first' | 'loading' | 'ready'>('first');
  const trouble = shallowRef<unknown>();
  let turn = 0;
  // A later call makes an earlier answer void: filters change faster than a network.
  async function read(after?: string) {
    const mine = ++turn;
    if (state.value === 'ready') state.value = 'loading';
    try {
      const page = await ok(ask(after));
      if (mine !== turn) return;
      rows.value = after ? [...rows.value, ...page.items] : page.items;
      next.value = page.next;
      trouble.value = undefined;
    } catch (refused) {
      if (mine !== turn) return;
      trouble.value = refused;
    }
    state.value = 'ready';
  }
  return { rows, next, state, trouble, reload: () => read(), more: () => read(next.value) };
}
