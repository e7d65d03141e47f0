// The API, typed by its own document. A refusal is thrown as what the service said of it.
import createClient, { type Middleware } from 'openapi-fetch';
import { reactive } from 'vue';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

export class Refused extends Error {
  constructor(
    readonly status: number,  // 0: the service cannot be reached
    message: string,
    readonly field = '',
  ) {
    super(message);
  }
}

// Set by the session: sent with every write.
export const secret = reactive({ csrf: '', onLoggedOut: () => {} });

const guard: Middleware = {
  onRequest({ request }) {
    if (!['GET', 'HEAD'].includes(request.method) && secret.csrf) request.headers.set('X-CSRF', secret.csrf);
    return request;
  },
  // A password that is asked for again may be wrong without the session being over.
  onResponse({ request, response, schemaPath }) {
    const passwordAsked = request.method === 'POST' && ['/v1/login', '/v1/me/password', '/v1/me/totp'].includes(schemaPath);
    if (response.status === 401 && secret.csrf && !passwordAsked) secret.onLoggedOut();
    return undefined;
  },
  onError: () => new Refused(0, ''),
};
export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use(guard);

type Answer<T> = { data?: T; error?: unknown; response: Response };

// The answer's body, or Refused.
export async function ok<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  const problem = (typeof error === 'object' && error ? error : {}) as { title?: string; detail?: string; field?: string };
  throw new Refused(response.status, problem.detail || problem.title || response.statusText, problem.field);
}
