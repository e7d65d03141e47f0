// What went wrong, in words for whoever sits there; the service's own sentence stands below it.
import { Refused } from './api/client';
import { i18n } from './words';

const kKnown = [0, 400, 401, 403, 404, 409, 413, 415, 429, 500, 503];
export function inWords(refused: unknown): { headline: string; detail: string; field: string } {
  const { t } = i18n.global;
  if (!(refused instanceof Refused)) return { headline: t('trouble.other'), detail: refused instanceof Error ? refused.message : String(refused), field: '' };
  return { headline: t(`trouble.${kKnown.includes(refused.status) ? refused.status : 'other'}`), detail: refused.message, field: refused.field };
}
