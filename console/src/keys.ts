// The keyboard. A shortcut is a key or two in a row ("g r"); none works while somebody types, or while a dialog is open.
import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue';

type Actions = Record<string, () => void>;
const layers: Actions[] = [];
let before = '';
let beforeAt = 0;

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  if (document.querySelector('.el-overlay:not([style*="display: none"])')) return;
  const two = event.timeStamp - beforeAt < 1000 ? `${before} ${event.key}` : '';
  before = event.key;
  beforeAt = event.timeStamp;
  for (const layer of [...layers].reverse()) {
    const act = (two && layer[two]) || layer[event.key];
    if (!act) continue;
    // A button or a link that has the focus keeps its own Enter.
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a,button')) return;
    event.preventDefault();
    before = '';
    act();
    return;
  }
});

// While the calling component is on the page. Later components win.
export function useKeys(actions: Actions) {
  onMounted(() => layers.push(actions));
  onBeforeUnmount(() => layers.splice(layers.indexOf(actions), 1));
}

// A list that is walked with j and k or the arrows, and opened with Enter. Gives the index of the row that is marked, -1 for none.
export function useRows<Row>(rows: Ref<Row[]>, key: (row: Row) => string, open: (row: Row) => void) {
  const at = ref('');
  const index = () => rows.value.findIndex((row) => key(row) === at.value);
  const move = (by: number) => {
    if (!rows.value.length) return;
    const next = Math.min(rows.value.length - 1, Math.max(0, index() < 0 ? 0 : index() + by));
    at.value = key(rows.value[next]!);
    requestAnimationFrame(() => document.querySelector('tr.at, li.at')?.scrollIntoView({ block: 'nearest' }));
  };
  const enter = () => {
    const row = rows.value[index()];
    if (row) open(row);
  };
  useKeys({ j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: enter });
  watch(rows, () => index() < 0 && (at.value = ''));
  return at;
}
