import type { Random } from '#runtime/random.ts'
import { newTag } from '../../protocol/sip/branch.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import { formatNameAddress } from '../../protocol/sip/name-address.ts'
import type { OwnSipNames, Side } from '../../control/sip-peer.ts'
import { ownPort, ownSipPorts } from '../../control/sip-peer.ts'
import type { CallLeg } from './call-leg.ts'
import type { DialogParts, OutgoingBody } from './dialog.ts'
import { b2buaProduct, withoutParameters } from './dialog.ts'

export interface Answer {
  readonly status: number
  /** The usual phrase where left out. */
  readonly reason?: string
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
  readonly body?: OutgoingBody | undefined
}

export interface CallMessagesOptions {
  readonly id: string
  readonly own: OwnSipNames
  readonly random: Random
  readonly callerSide: Side
  /** The caller's INVITE. */
  readonly invite: SipRequest
}

/** What the messages of one call's two legs are made of. */
export class CallMessages {
  readonly #options: CallMessagesOptions

  constructor(options: CallMessagesOptions) {
    this.#options = options
  }

  /** The caller's leg continues the dialog it began; the callee's has everything anew but the names. */
  dialogParts(leg: CallLeg): DialogParts {
    const { own, random, id, invite } = this.#options
    const isCaller = this.#isCaller(leg)
    return {
      peer: leg.peer,
      own,
      random,
      proxyCallId: id,
      contact: this.#contact(leg),
      callId: isCaller ? invite.callId! : `${random.hex(32)}@${own.address}`,
      localTag: newTag(random),
      local: withoutParameters(invite, isCaller ? 'to' : 'from'),
      remote: withoutParameters(invite, isCaller ? 'from' : 'to'),
    }
  }

  response(leg: CallLeg, request: SipRequest, answer: Answer): SipResponse {
    const { status, reason = reasonOf(status), headers = [], body } = answer
    const makesDialog = request.method === 'INVITE' && status < 300
    return createResponse(request, status, reason, {
      ...(leg.dialog === undefined ? {} : { toTag: leg.dialog.parts.localTag }),
      headers: [
        ...(makesDialog && request.toTag === undefined ? this.#dialogRoutes(leg, request) : []),
        ...(makesDialog || request.method === 'UPDATE' ? [['Contact', this.#contact(leg)] as const] : []),
        ['Server', b2buaProduct],
        ...headers,
        ...(body === undefined ? [] : [['Content-Type', body.type] as const]),
      ],
      ...(body === undefined ? {} : { body: body.content }),
    })
  }

  /** Says in our own name why a request is refused (RFC 3261 §20.43). */
  warning(text: string): [string, string] {
    return ['Warning', `399 ${this.#options.own.fqdn} "${text}"`]
  }

  /** Record-Routes by which later requests of the dialog come back here, nearest to the peer first. */
  recordRoutes(leg: CallLeg): string[] {
    const { own, id } = this.#options
    const viaTls = `<sip:proxy-call-id=${id}@${own.address}:${ownSipPorts.tls};transport=tls;lr>`
    const { transport } = leg.peer
    if (leg.side === 'outside' && transport === 'TLS') return [viaTls]
    const nearest = `${own.address}:${ownPort(transport)};transport=${transport.toLowerCase()}`
    return [`<sip:proxy-call-id=${id}@${nearest};lr>`, viaTls]
  }

  /** RFC 3261 §12.1.1: the request's Record-Routes come back, with ours, which was nearest to us, on top. */
  #dialogRoutes(leg: CallLeg, request: SipRequest): [string, string][] {
    const routes = [...this.recordRoutes(leg).toReversed(), ...request.all('record-route')]
    return routes.map((route) => ['Record-Route', route])
  }

  /** The B2BUA's own address, with user and feature parameters of the party it stands for: they name the device. */
  #contact(leg: CallLeg): string {
    const { own, invite } = this.#options
    const represented = this.#isCaller(leg) ? undefined : invite.addresses('contact')?.[0]
    const user = represented?.sipUri?.user
    const host = `${own.address}:${ownSipPorts.b2bua}`
    const uri = `sip:${user === undefined ? '' : `${user}@`}${host};transport=tls`
    const parameters = represented?.parameters.without('expires').without('q')
    return formatNameAddress({ uri, ...(parameters === undefined ? {} : { parameters }) })
  }

  #isCaller(leg: CallLeg): boolean {
    return leg.side === this.#options.callerSide
  }
}

/** A body that is no session description goes on as it is. */
export function otherBody(message: SipRequest | SipResponse): OutgoingBody | undefined {
  const type = message.first('content-type')
  return message.body.length === 0 || type === undefined ? undefined : { type, content: message.body }
}

export function reasonOf(status: number): string {
  return reasons.get(status) ?? (status < 500 ? 'Request Failure' : 'Server Failure')
}

const reasons = new Map([
  [200, 'OK'],
  [400, 'Bad Request'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [491, 'Request Pending'],
  [500, 'Server Internal Error'],
  [503, 'Service Unavailable'],
])
