import { Hono } from 'hono'
import { html } from 'hono/html'
import type { HostEnvironment } from '#runtime/host.ts'
import type { HttpRequest, HttpResponse, Listener } from '#runtime/network.ts'
import { type Administrator, LoginGate } from './login-gate.ts'
import { statusXml } from './xml-document.ts'

export interface AdministrationOptions {
  readonly environment: HostEnvironment
  /** Live: a changed password counts at once. */
  readonly configuration: () => { readonly administration: Administrator }
  /** The status document: JSON values only. */
  readonly status: () => unknown
  /** `VCS Expressway` or `VCS Control`. */
  readonly product: string
  /** Default 443, on the host's first address. */
  readonly port?: number
  readonly address?: string
}

/** The administrator's pages: Basic login, the status page, and the same status as JSON and XML. */
export function startAdministration(options: AdministrationOptions): Promise<Listener> {
  const { environment, port = 443, address, configuration } = options
  if (environment.identity === undefined) throw new Error('the administration pages need a server certificate')
  const pages = pagesOf(options)
  const gate = new LoginGate(environment.clocks.monotonic, () => configuration().administration)
  const log = environment.log.child('web')
  return environment.network.listenHttp({
    port,
    ...(address === undefined ? {} : { address }),
    tls: { identity: environment.identity },
    limits: { perSource: 50, total: 200, bodyBytes: 64 * 1024 },
    async handler(request) {
      const { authorization } = request.headers
      if (typeof authorization !== 'string') return unauthorised(options.product)
      const verdict = await gate.judge(authorization, request.remote.address)
      if (verdict === 'busy') return { status: 503, headers: { ...guards, 'Retry-After': '10' } }
      if (verdict === 'refused') {
        log.warn('Admin Session Login Failure', { 'Src-ip': request.remote.address, Level: 1 })
        return unauthorised(options.product)
      }
      return serve(pages, request)
    },
  })
}

function pagesOf({ product, environment, status }: AdministrationOptions): Hono {
  const pages = new Hono()
  pages.get('/', (context) => context.html(statusPage(product, environment.fqdn, status())))
  pages.get('/style.css', (context) => context.body(style, 200, { 'Content-Type': 'text/css' }))
  pages.get('/api/status', (context) => context.json(status() as object))
  pages.get('/getxml', (context) => {
    const xml = statusXml(product, status(), context.req.query('location') ?? '/Status')
    return xml === undefined
      ? context.notFound()
      : context.body(xml, 200, { 'Content-Type': 'text/xml; charset=utf-8' })
  })
  return pages
}

async function serve(pages: Hono, request: HttpRequest): Promise<HttpResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, headers: { ...guards, Allow: 'GET' } }
  const target = URL.canParse(request.target, 'https://vcs') ? new URL(request.target, 'https://vcs') : undefined
  if (target === undefined) return { status: 400, headers: guards }
  const answer = await pages.fetch(new Request(target, { method: request.method }))
  return {
    status: answer.status,
    headers: { ...guards, 'Content-Type': answer.headers.get('content-type') ?? 'text/plain' },
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

/** Values are texts: the template escapes them, and the policy below lets no script run whatever they hold. */
function statusPage(product: string, fqdn: string, status: unknown) {
  const sections = Object.entries((status ?? {}) as Record<string, unknown>)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${product} ${fqdn}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <h1>${product} ${fqdn}</h1>
        ${sections.map(
          ([name, value]) =>
            html`<section>
              <h2>${name}</h2>
              <pre>${JSON.stringify(value, null, 2)}</pre>
            </section>`,
        )}
      </body>
    </html>`
}

function unauthorised(product: string): HttpResponse {
  return { status: 401, headers: { ...guards, 'WWW-Authenticate': `Basic realm="${product}", charset="UTF-8"` } }
}

const guards = {
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': 'max-age=31536000',
}

const style = 'body{font-family:sans-serif;margin:2rem}pre{background:#f4f4f4;padding:1rem;overflow:auto}'
