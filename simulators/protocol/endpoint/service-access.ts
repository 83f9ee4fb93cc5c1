import type { CookieJar, RefusedCookie } from './cookie-jar.ts'
import type { NameCheck } from './certificate-rule.ts'
import type { ServerAddress } from './edge-configuration.ts'
import { edgeTarget } from './edge-path.ts'
import type { WebAnswer, WebClient, WebRequest } from './web-client.ts'

/** How an endpoint reaches the services inside: directly, or through the edge. */
export interface ServiceAccess {
  /** Any http(s) URL of the inside. Rejects where nothing answers. */
  fetch(url: string, request?: Omit<WebRequest, 'target'>): Promise<WebAnswer>
}

export function directAccess(web: WebClient, userAgent: string): ServiceAccess {
  return {
    fetch(url, request = {}) {
      const { protocol, hostname, port, pathname, search } = new URL(url)
      const scheme = protocol === 'https:' ? 'https' : 'http'
      const origin = { scheme, host: hostname, port: Number(port || (scheme === 'https' ? 443 : 80)) } as const
      return web.send(origin, {
        ...request,
        target: pathname + search,
        headers: { 'user-agent': userAgent, accept: '*/*', ...request.headers },
      })
    },
  }
}

export interface EdgeAccessOptions {
  readonly web: WebClient
  readonly jar: CookieJar
  /** Domain in the first segment. */
  readonly domain: string
  readonly servers: readonly ServerAddress[]
  readonly nameCheck: (server: ServerAddress) => NameCheck
  readonly userAgent: string
}

/** Through the edge: the path transformed, the cookie sent along, the next edge server where one does not answer. */
export function edgeAccess(options: EdgeAccessOptions): ServiceAccess {
  return {
    async fetch(url, request = {}) {
      const target = edgeTarget(options.domain, new URL(url))
      let failure: unknown = new Error('no edge server is known')
      for (const server of options.servers) {
        try {
          return (await sendToEdge(options, server, { ...request, target })).answer
        } catch (error) {
          failure = error
        }
      }
      throw failure
    },
  }
}

/** One request to one edge server, whose cookies are taken by the rules. */
export async function sendToEdge(
  { web, jar, nameCheck, userAgent }: Omit<EdgeAccessOptions, 'servers' | 'domain'>,
  server: ServerAddress,
  request: WebRequest,
): Promise<{ answer: WebAnswer; refusedCookies: RefusedCookie[] }> {
  const cookie = jar.header(server.host, request.target, true)
  const headers = {
    'user-agent': userAgent,
    accept: '*/*',
    ...request.headers,
    ...(cookie === undefined ? {} : { cookie }),
  }
  const origin = { scheme: 'https', ...server, nameCheck: nameCheck(server) } as const
  const answer = await web.send(origin, { ...request, headers })
  const refusedCookies = [answer.headers['set-cookie'] ?? []]
    .flat()
    .flatMap((header) => jar.take(header, server.host) ?? [])
  return { answer, refusedCookies }
}
