import type { CookieJar } from './cookie-jar.ts'
import type { NameCheck } from './certificate-rule.ts'
import { isCertificateProblem } from './certificate-rule.ts'
import { readEdgeConfiguration } from './edge-configuration.ts'
import type { EdgeConfiguration, ServerAddress } from './edge-configuration.ts'
import { edgeSegment } from './edge-path.ts'
import { sendToEdge } from './service-access.ts'
import { StageFailed, stageFailed } from './sign-in-stages.ts'
import type { WebAnswer, WebClient } from './web-client.ts'
import { screenTexts } from './screen-texts.ts'

export interface EdgeSignIn {
  readonly web: WebClient
  readonly jar: CookieJar
  readonly domain: string
  readonly userAgent: string
  /** What follows the first segment, in the product's form: `get_edge_config?service_name=…` or `get_edge_config/`. */
  readonly resource: string
  /** Credentials, and whatever else the product sends. */
  readonly headers: Readonly<Record<string, string>>
  readonly nameCheck: (server: ServerAddress) => NameCheck
}

export interface EdgeSignInResult {
  readonly server: ServerAddress
  readonly configuration: EdgeConfiguration
  /** As received, for the examiner. */
  readonly document: string
}

/**
 * Asks the edges in the order of the SRV record for their configuration (wire facts §2.3). What does not answer, or
 * whose cookie cannot be used, is left for the next one; a refusal of the credentials is final.
 */
export async function fetchEdgeConfiguration(
  signIn: EdgeSignIn,
  targets: readonly ServerAddress[],
): Promise<EdgeSignInResult> {
  let failure: StageFailed | undefined
  for (const server of targets) {
    try {
      return await askOne(signIn, server)
    } catch (thrown) {
      const failed = thrown instanceof StageFailed ? thrown : unreachable(thrown, server)
      if (finalTokens.has(failed.problem.token)) throw failed
      // What the first edge did says more than that the second one is not there either.
      failure ??= failed
    }
  }
  throw failure ?? stageFailed('FAILED_NO_SRV_RECORDS_FOUND', screenTexts.noServices)
}

const finalTokens = new Set(['FAILED_EDGE_AUTHENTICATION', 'FAILED_EDGE_FORBIDDEN'])

async function askOne(signIn: EdgeSignIn, server: ServerAddress): Promise<EdgeSignInResult> {
  const { jar, domain, headers, resource } = signIn
  const request = { target: `/${edgeSegment(domain)}/${resource}`, headers }
  const { answer, refusedCookies } = await sendToEdge(signIn, server, request)
  refuseByStatus(answer)
  if (jar.header(server.host, '/', true)?.includes('X-Auth=') !== true) {
    const why = refusedCookies[0]?.says ?? 'no X-Auth cookie came'
    throw stageFailed('INTERNAL_ERROR', `X-Auth cookie expiration is invalid or not available: ${why}`)
  }
  const document = answer.body.toString('utf8')
  try {
    return { server, document, configuration: readEdgeConfiguration(document) }
  } catch (error) {
    throw stageFailed('FAILED_EDGE_CONFIG_INVALID', (error as Error).message, answer.status)
  }
}

function refuseByStatus({ status, reason }: WebAnswer): void {
  if (status === 200) return
  if (status === 401) throw stageFailed('FAILED_EDGE_AUTHENTICATION', screenTexts.wrongCredentials, status)
  if (status === 403) throw stageFailed('FAILED_EDGE_FORBIDDEN', screenTexts.noConnection, status)
  throw stageFailed('FAILED_EDGE_SERVER_ERROR', `${screenTexts.noConnection} (${reason})`, status)
}

export function unreachable(error: unknown, server: ServerAddress): StageFailed {
  const says = (error as Error).message
  if (isCertificateProblem(error)) return stageFailed('CERTIFICATE_VALIDATION_ERROR', says)
  return stageFailed(
    'EDGE_SERVER_CONNECTION_ERROR',
    `${screenTexts.noConnection} (${server.host}:${server.port}: ${says})`,
  )
}
