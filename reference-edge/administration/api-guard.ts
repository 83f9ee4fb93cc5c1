import type { Context, MiddlewareHandler } from 'hono'
import type { LoginGate } from './login-gate.ts'
import { type ApiVariables, refusal } from './api.ts'
import { isSameOrigin } from './same-origin.ts'

export interface ApiGuardOptions {
  readonly gate: LoginGate
  readonly product: string
  readonly username: () => string
  readonly onLoginFailure: (source: string) => void
}

/** Before every request of a program: Basic login, no foreign page behind it, JSON only. No cookie counts here. */
export function apiGuard(options: ApiGuardOptions): MiddlewareHandler<ApiVariables> {
  return async (context, next) => {
    const { authorization } = context.req.header()
    if (authorization === undefined) return unauthorised(context, options.product)
    const verdict = await options.gate.judge(authorization, context.env.source)
    if (verdict === 'busy') {
      context.header('Retry-After', '10')
      return refusal(context, 503, 'too many logins are being checked', 'Try again later')
    }
    if (verdict === 'refused') {
      options.onLoginFailure(context.env.source)
      return unauthorised(context, options.product)
    }
    const wrong = unfit(context)
    if (wrong !== undefined) return wrong
    context.set('by', options.username())
    return next()
  }
}

function unfit(context: Context<ApiVariables>): Response | undefined {
  const { method } = context.req
  if (method === 'GET' || method === 'HEAD') return undefined
  const isOwn = isSameOrigin({
    host: context.req.header('host'),
    origin: context.req.header('origin'),
    secFetchSite: context.req.header('sec-fetch-site'),
  })
  if (!isOwn) return refusal(context, 403, 'was asked by a page of another site', 'Use a program or our own pages')
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (method === 'DELETE' || type === 'application/json') return undefined
  return refusal(context, 415, `takes no ${type ?? 'body without a type'}`, 'Send Content-Type: application/json')
}

function unauthorised(context: Context, product: string): Response {
  context.header('WWW-Authenticate', `Basic realm="${product}", charset="UTF-8"`)
  return refusal(context, 401, 'needs the login of an administrator', 'Send username and password (Basic)')
}
