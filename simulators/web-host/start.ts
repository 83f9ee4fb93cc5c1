import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { service } from '#runtime/service.ts'
import type { WebHostConfiguration } from './configuration.ts'
import { parseWebHostConfiguration } from './configuration.ts'

export interface AccessRecord {
  readonly at: string
  readonly scheme: 'http' | 'https'
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly status: number
  readonly source: string
}

/**
 * A web server inside that is no part of Unified CM: the Jabber update server, the server of custom HTML tabs, the
 * photo host. HTTP on 80 and HTTPS on 443 serve the same documents.
 * Management: `state`, `accessLog` (newest last), `configure`.
 */
export async function startWebHost(environment: HostEnvironment, document: unknown): Promise<Host> {
  const { clocks, identity, network } = environment
  let configuration = parseWebHostConfiguration(document)
  if (identity === undefined) throw new Error('a web host needs a certificate')
  const { httpPort, httpsPort } = configuration
  const accesses: AccessRecord[] = []
  const handlerFor = (scheme: AccessRecord['scheme']) => async (request: HttpRequest) => {
    const response = answer(configuration, request)
    const { method, target, remote } = request
    const at = clocks.wall.now().toISOString()
    accesses.push({ at, scheme, method, target, status: response.status, source: remote.address })
    if (accesses.length > mostAccesses) accesses.shift()
    return response
  }
  const http = await network.listenHttp({ port: httpPort, handler: handlerFor('http') })
  const https = await network.listenHttp({ port: httpsPort, tls: { identity }, handler: handlerFor('https') })
  const stop = async () => {
    await http.stop()
    await https.stop()
  }
  return {
    ...service(environment.name, stop),
    management: {
      state: async () => ({
        ready: true,
        documents: Object.keys(configuration.documents),
        listeners: [http, https].map(({ protocol, local }) => ({ protocol, ...local })),
      }),
      accessLog: async () => accesses,
      configure: async (next: unknown) => {
        configuration = parseWebHostConfiguration(next)
      },
    },
  }
}

const mostAccesses = 2_000

function answer({ documents }: WebHostConfiguration, { method, target }: HttpRequest): HttpResponse {
  if (method !== 'GET' && method !== 'HEAD') return plainAnswer(405, 'Method Not Allowed', { Allow: 'GET, HEAD' })
  const [path = ''] = target.split('?')
  if (!Object.hasOwn(documents, path)) return plainAnswer(404, 'Not Found')
  const { type, body } = documents[path]!
  const headers = { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }
  return { status: 200, headers, ...(method === 'HEAD' ? {} : { body }) }
}

function plainAnswer(status: number, reason: string, headers: Record<string, string> = {}): HttpResponse {
  return { status, reason, headers: { ...headers, 'Content-Type': 'text/plain' }, body: `${reason}\n` }
}
