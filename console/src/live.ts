// What changed, as the service tells it: one stream of server-sent events for the whole page, taken up again when it breaks.
import { onBeforeUnmount, ref } from 'vue';

export type LiveState = 'off' | 'connecting' | 'live' | 'lost';
export const liveState = ref<LiveState>('off');

type Listener = (data: unknown) => void;
const kKinds = ['room', 'case', 'intervention'] as const;
export type LiveKind = (typeof kKinds)[number];
const listeners = new Map<string, Set<Listener>>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let worry: ReturnType<typeof setTimeout> | undefined;
let wait = 1000;
let missed = false;

const tell = (kind: string, data: unknown) => listeners.get(kind)?.forEach((listener) => listener(data));

export function startLive() {
  if (source) return;
  liveState.value = liveState.value === 'lost' ? 'lost' : 'connecting';
  source = new EventSource('/v1/stream');
  source.onopen = () => {
    liveState.value = 'live';
    clearTimeout(worry);
    worry = undefined;
    wait = 1000;
    // What was said while nobody listened is gone: pages read anew.
    if (missed) tell('again', null);
    missed = false;
  };
  source.onerror = () => {
    // Whoever is told too much at once is cut off and comes back within seconds: that is no loss yet.
    if (liveState.value === 'live') liveState.value = 'connecting';
    worry ??= setTimeout(() => (liveState.value = 'lost'), 5000);
    missed = true;
    if (source?.readyState !== EventSource.CLOSED) return;  // the browser tries again by itself
    source = undefined;
    retry = setTimeout(startLive, wait);
    wait = Math.min(wait * 2, 30_000);
  };
  for (const kind of kKinds) source.addEventListener(kind, (event) => tell(kind, JSON.parse((event as MessageEvent<string>).data)));
}

export function stopLive() {
  clearTimeout(retry);
  clearTimeout(worry);
  worry = undefined;
  source?.close();
  source = undefined;
  liveState.value = 'off';
}

// While the calling component is on the page. 'again': the stream was broken and is back.
export function useLive(kind: LiveKind | 'again', listener: Listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind)!.add(listener);
  onBeforeUnmount(() => listeners.get(kind)!.delete(listener));
}
