import type { HostEnvironment } from '#runtime/host.ts'
import { sipProductName } from '../../product-name.ts'
import { newBranch, newTag } from '../../protocol/sip/branch.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { DigestCredentials } from '../../protocol/sip/digest.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import { readCredentialAnswer } from '../../provisioning/service-body.ts'
import { buildService } from '../../provisioning/service-signature.ts'
import type { Side } from './forwarding.ts'

/** What the Control said. `unanswered`: it could not be asked, or said nothing; `status` is for the client. */
export type CredentialVerdict =
  | { readonly kind: 'good'; readonly ha1: string }
  | { readonly kind: 'refused' }
  /** The Control does not believe this VCS itself: certificate, signature or clock. */
  | { readonly kind: 'disbelieved' }
  | { readonly kind: 'unanswered'; readonly status: 408 | 503 }

export interface CredentialServiceOptions {
  readonly environment: HostEnvironment
  readonly layer: () => TransactionLayer
  /** The Expressway's side towards the traversal zone. */
  readonly side: Side
}

/** Asks a Control by SERVICE whether digest credentials are good (wire facts §6.2). */
export class CredentialService {
  readonly #options: CredentialServiceOptions
  #cseq = 0
  #asking = 0

  constructor(options: CredentialServiceOptions) {
    this.#options = options
  }

  /** How often the Control has been asked. */
  get asked(): number {
    return this.#cseq
  }

  /** Asks the Control that the request is for. */
  async ask(
    flow: SipConnection | undefined,
    request: SipRequest,
    credentials: DigestCredentials,
  ): Promise<CredentialVerdict> {
    if (flow === undefined || this.#asking >= mostAtOnce) return { kind: 'unanswered', status: 503 }
    this.#asking++
    try {
      return await this.#ask(flow, this.#build(flow, request, credentials))
    } finally {
      this.#asking--
    }
  }

  #ask(flow: SipConnection, service: SipRequest): Promise<CredentialVerdict> {
    return new Promise((resolve) => {
      const sent = this.#options.layer().request(service, flow, {
        onResponse: (response) => {
          if (response.status >= 200) resolve(verdictOf(response))
        },
        onTimeout: () => resolve({ kind: 'unanswered', status: 408 }),
        onTransportError: () => resolve({ kind: 'unanswered', status: 503 }),
      })
      if (sent === undefined) resolve({ kind: 'unanswered', status: 503 })
    })
  }

  #build(flow: SipConnection, request: SipRequest, credentials: DigestCredentials): SipRequest {
    const { environment, side } = this.#options
    const { network, clocks, identity } = environment
    const { random } = network
    const id = String(++this.#cseq)
    const via = `;egress-zone=${side.zone};branch=${newBranch(random)};proxy-call-id=${random.uuid()};rport`
    // The Control's own source, as seen from here: a translation on the way makes the Control miss itself.
    const { address, port } = flow.remote
    return buildService({
      headers: [
        ['Via', `SIP/2.0/TLS ${side.address}:${side.port}${via}`],
        ['Max-Forwards', '15'],
        ['Route', `<sip:${address}:${port};transport=tls;apparent;ds;lr>`],
        ['Route', '<sip:127.0.0.1:22210;transport=tcp;vcs-cate;lr>'],
        ['User-Agent', sipProductName],
        ['X-TAATag', random.uuid()],
      ],
      check: {
        username: credentials.username,
        realm: credentials.realm,
        nonce: credentials.nonce,
        qop: credentials.quality?.qop ?? '',
        cnonce: credentials.quality?.cnonce ?? '',
        nc: credentials.quality?.nonceCount ?? '',
        response: credentials.response,
        uri: credentials.uri,
        method: request.method,
        id,
        sipDomain: request.sipUri?.host ?? environment.domain,
      },
      callId: `${random.hex(16)}@${side.address}`,
      cseq: this.#cseq,
      fromTag: newTag(random),
      boundary: `boundary-${random.hex(16)}`,
      now: clocks.wall.now(),
      identity: identity!,
    })
  }
}

function verdictOf(response: SipResponse): CredentialVerdict {
  if (response.status === 408) return { kind: 'unanswered', status: 408 }
  if (response.status === 503) return { kind: 'unanswered', status: 503 }
  // A Warning tells that the question, not the credentials, was found wanting.
  if (response.status === 403 && response.has('warning')) return { kind: 'disbelieved' }
  const answer = response.status === 200 ? readCredentialAnswer(response.body.toString()) : undefined
  return answer === undefined ? { kind: 'refused' } : { kind: 'good', ha1: answer.ha1 }
}

/** Checks under way at one time; more clients are told to come back. */
const mostAtOnce = 500
