// How figures and times are shown. Times of the service are in +08:00 already and stay so, wherever the browser is: an officer and
// a record say the same.
const grouped = new Intl.NumberFormat('en-US');
const grouped2 = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const kZone = 8 * 3600_000;

export const number = (n: number | null | undefined): string => (n == null ? '–' : grouped.format(n));

// Of fen. Fen are left out where there are none.
export function yuan(fen: number | null | undefined): string {
  if (fen == null) return '–';
  return '¥' + (fen % 100 ? grouped2 : grouped).format(fen / 100);
}

// "2.3万" or "23.4k" for tables where the size matters, not the figure.
export function short(n: number | null | undefined, zh: boolean): string {
  if (n == null) return '–';
  const [unit, letter] = zh ? [10_000, '万'] : n < 1_000_000 ? [1_000, 'k'] : [1_000_000, 'M'];
  if (Math.abs(n) < 10_000) return grouped.format(n);
  return (n / unit).toFixed(n / unit < 100 ? 1 : 0) + letter;
}
export const shortYuan = (fen: number | null | undefined, zh: boolean) => (fen == null ? '–' : '¥' + short(Math.round(fen / 100), zh));

export const signed = (n: number) => (n > 0 ? '+' : n < 0 ? '−' : '') + grouped.format(Math.abs(n));

const wall = (at: Date) => new Date(at.getTime() + kZone).toISOString();
export const today = (now = new Date()) => wall(now).slice(0, 10);

// "17:40:03" of today, "11-26 17:40" of this year, "2025-11-26 17:40" before.
export function when(time: string | null | undefined, now = new Date()): string {
  if (!time) return '–';
  const at = wall(new Date(time)), day = at.slice(0, 10), clock = at.slice(11, 16);
  if (day === today(now)) return at.slice(11, 19);
  return (day.slice(0, 4) === today(now).slice(0, 4) ? day.slice(5) : day) + ' ' + clock;
}
export const fullTime = (time: string | null | undefined) => (time ? wall(new Date(time)).slice(0, 19).replace('T', ' ') : '–');
export const date = (time: string | null | undefined) => (time ? wall(new Date(time)).slice(0, 10) : '–');

// "1:02:33" since a moment.
export function span(from: string, to: Date | string = new Date()): string {
  const s = Math.max(0, Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

// Pseudonyms of people are long and say nothing: their beginning tells them apart. The whole stands in a title.
// Nor do milliseconds beside hours.
export const brief = (text: string) => text.replace(/\b([a-z]_[a-z2-7]{6})[a-z2-7]{20}\b/g, '$1…').replace(/\b(\d+h\d+m\d+s)\d+ms\b/g, '$1');

// A value that a rule saw, as people write it.
export function value(v: unknown): string {
  if (v == null) return '–';
  if (typeof v === 'number') return Number.isInteger(v) ? grouped.format(v) : String(Math.round(v * 10_000) / 10_000);
  if (Array.isArray(v)) return v.map(value).join(', ');
  if (typeof v === 'object') return Object.entries(v).map(([name, one]) => `${name} ${value(one)}`).join(', ');
  const text = String(v);
  // A list kept as ",a,b,", a time with its zone and fractions, a duration.
  if (/^,.*,$/.test(text)) return text.slice(1, -1).split(',').map(brief).join(', ');
  return /^\d{4}-\d\d-\d\dT/.test(text) ? fullTime(text) : brief(text);
}
