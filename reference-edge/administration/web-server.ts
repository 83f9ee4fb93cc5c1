import type { Hono } from 'hono'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Origin } from './origin.ts'

/** On every answer unless it says otherwise itself: nothing from elsewhere, nothing inline, no frame, nothing kept. */
export const guards = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With no-referrer a browser sends `Origin: null` with forms, and we could not tell our own pages from others.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'strict-transport-security': 'max-age=31536000',
}

/** Hands a request of our network to the pages and writes their answer for it. */
export async function answerBy<Variables extends Origin>(
  pages: Hono<Variables>,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { method, target } = request
  if (!methods.has(method)) return { status: 405, headers: { ...guards, Allow: [...methods].join(', ') } }
  if (!/^\/(?![/\\])/.test(target) || !URL.canParse(`https://vcs${target}`)) return { status: 400, headers: guards }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const asked = new Request(`https://vcs${target}`, {
    method,
    headers: read(request.headers),
    ...(hasBody ? { body: request.body } : {}),
  })
  const answer = await pages.fetch(asked, { source: request.remote.address })
  const cookies = answer.headers.getSetCookie()
  return {
    status: answer.status,
    headers: {
      ...guards,
      ...Object.fromEntries(answer.headers),
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    },
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

/** Only what the pages read crosses over. */
function read(headers: HttpRequest['headers']): [string, string][] {
  return known.flatMap((name): [string, string][] => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
}

const known = ['host', 'origin', 'sec-fetch-site', 'authorization', 'content-type', 'cookie']
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
