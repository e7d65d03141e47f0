// Working days between today and a deadline, by the pack's calendar. A deadline is the end of its last day, which is the first moment
// of the next one.
export type Calendar = { days_off: string[]; days_worked: string[] };

const kDay = 86_400_000;
const dayOf = (time: number) => new Date(time + 8 * 3600_000).toISOString().slice(0, 10);

export const lastDay = (due: string) => dayOf(new Date(due).getTime() - 1);

export function isWorked(day: string, calendar: Calendar): boolean {
  if (calendar.days_worked.includes(day)) return true;
  if (calendar.days_off.includes(day)) return false;
  const week = new Date(day + 'T00:00:00Z').getUTCDay();
  return week !== 0 && week !== 6;
}

// 0: it is today, or no working day lies between; below 0: overdue by so many.
export function daysLeft(due: string, calendar: Calendar, now = Date.now()): number {
  const last = lastDay(due), today = dayOf(now);
  const [from, to] = last >= today ? [today, last] : [last, today];
  let days = 0;
  for (let at = Date.parse(from) + kDay; at <= Date.parse(to); at += kDay) {
    if (isWorked(new Date(at).toISOString().slice(0, 10), calendar)) days++;
  }
  return last >= today ? days : -days;
}
export const isOverdue = (due: string, now = Date.now()) => new Date(due).getTime() < now;
