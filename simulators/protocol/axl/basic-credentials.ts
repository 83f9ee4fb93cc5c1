import type { HttpRequest } from '#runtime/network.ts'

/** RFC 7617: the credentials of an Authorization header; undefined without or with another scheme. */
export function basicCredentials(request: HttpRequest): { user: string; password: string } | undefined {
  const value = request.headers['authorization']
  if (typeof value !== 'string') return undefined
  const match = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(value)
  if (match === null) return undefined
  const text = Buffer.from(match[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
