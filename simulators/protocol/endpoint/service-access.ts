import type { CookieJar, RefusedCookie } from './cookie-jar.ts'
import type { NameCheck } from './certificate-rule.ts'
import type { ServerAddress } from './edge-configuration.ts'
import { edgeTarget } from './edge-path.ts'
import type { ServerOrder } from './server-choice.ts'
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
  readonly servers: ServerOrder
  readonly nameCheck: (server: ServerAddress) => NameCheck
  readonly userAgent: string
}

/**
 * Through the edge: the path transformed, the cookie sent along, the next edge server where one does not answer or has
 * nobody behind it. Where all are like that, what the first one did counts.
 */
export function edgeAccess(options: EdgeAccessOptions): ServiceAccess {
  return {
    async fetch(url, request = {}) {
      const target = edgeTarget(options.domain, new URL(url))
      const { servers } = options
      const without: ServerAddress[] = []
      let first: WebAnswer | Error | undefined
      for (const server of servers.order) {
        const answer = await sendToEdge(options, server, { ...request, target }).then(
          (sent) => sent.answer,
          (error: Error) => error,
        )
        if (!(answer instanceof Error) && !isGatewayOutage(answer)) {
          // A node that is dead is so behind every peer: only where another peer reaches it is this one to be left.
          for (const each of without) servers.failed(each)
          return answer
        }
        first ??= answer
        without.push(server)
      }
      if (first === undefined || first instanceof Error) throw first ?? new Error('no edge server is known')
      return first
    },
  }
}

/** RFC 9110 §15.6.3 to §15.6.5. */
function isGatewayOutage({ status }: WebAnswer): boolean {
  return status >= 502 && status <= 504
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
