import { timingSafeEqual, createHash } from 'node:crypto'
import type { Random } from '#runtime/random.ts'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml, xmlDocument } from '#simulators/protocol/xml/template.ts'

/** Headers of every answer of Tomcat on Unified CM (wire facts §3.3). */
export function tomcatHeaders(random: Random): Record<string, string | string[]> {
  return {
    'Cache-Control': 'private',
    Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
    'X-Frame-Options': 'SAMEORIGIN',
    'Set-Cookie': [
      `JSESSIONID=${random.hex(32).toUpperCase()}; Path=/; Secure; HttpOnly`,
      `JSESSIONIDSSO=${random.hex(32).toUpperCase()}; Path=/; Secure; HttpOnly`,
    ],
    Server: '',
  }
}

export function xmlAnswer(status: number, content: Xml): HttpResponse {
  return { status, headers: { 'Content-Type': 'application/xml;charset=UTF-8' }, body: xmlDocument(content) }
}

/** An error of the container itself: Tomcat's HTML page. */
export function tomcatError(status: number, says: string): HttpResponse {
  const title = `Error report`
  const page = xml`<html><head><title>${title}</title></head><body><h1>HTTP Status ${status} - ${says}</h1><hr/></body></html>`
  return { status, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body: page.text }
}

export function unauthorized(realm = 'Cisco Web Services Realm'): HttpResponse {
  const page = tomcatError(401, 'This request requires HTTP authentication')
  return { ...page, headers: { ...page.headers, 'WWW-Authenticate': `Basic realm="${realm}"` } }
}

/** Compares in a time that does not depend on where the texts differ. */
export function isSamePassword(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(one), digest(other))
}

/** The path and query of a request; undefined where escapes are broken or a segment means another place. */
export function readTarget(request: HttpRequest): { segments: string[]; query: URLSearchParams } | undefined {
  const [path, ...query] = request.target.split('?')
  try {
    const segments = path!
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent)
    // A segment that decodes to a separator or a dot name would name another place.
    if (!path!.startsWith('/') || segments.some((each) => /[/\\\0]/.test(each) || each === '.' || each === '..')) {
      return undefined
    }
    return { segments, query: new URLSearchParams(query.join('?')) }
  } catch {
    // decodeURIComponent: escapes that are no UTF-8.
    return undefined
  }
}
