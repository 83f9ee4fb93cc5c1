import type { Random } from '#runtime/random.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createRequest } from '../../protocol/sip/message.ts'
import { formatNameAddress } from '../../protocol/sip/name-address.ts'
import { viaTowards, zoneHopCount } from '../../control/hop.ts'
import type { OwnSipNames, SipPeer } from '../../control/sip-peer.ts'
import { isOwnHost } from '../../control/sip-peer.ts'

type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** What the headers of one end's requests are made of (RFC 3261 §12). */
export interface DialogEnds {
  readonly callId: string
  readonly localTag: string
  /** From of our requests without its tag. */
  readonly local: string
  /** To of our requests without its tag. */
  readonly remote: string
}

export interface DialogParts extends DialogEnds {
  readonly peer: SipPeer
  readonly own: OwnSipNames
  readonly random: Random
  /** Contact of ours, with its brackets and parameters. */
  readonly contact: string
  /** The same for every message of a call on this VCS. */
  readonly proxyCallId: string
}

export interface OutgoingBody {
  readonly type: string
  readonly content: string | Buffer
}

/** One leg's dialog: numbers, tags, target and route set, and requests made of them. */
export class Dialog {
  readonly parts: DialogParts
  remoteTag: string | undefined
  #remoteTarget: string
  #routes: readonly string[] = []
  #localNumber: number
  #remoteNumber: number | undefined

  private constructor(parts: DialogParts, remoteTarget: string, localNumber: number) {
    this.parts = parts
    this.#remoteTarget = remoteTarget
    this.#localNumber = localNumber
  }

  /** The dialog that an INVITE of ours is going to make. */
  static asCaller(parts: DialogParts, requestUri: string): Dialog {
    return new Dialog(parts, requestUri, parts.random.integer(100, 999))
  }

  /** The dialog that an INVITE received is going to make (RFC 3261 §12.1.1). */
  static asCallee(parts: DialogParts, invite: SipRequest): Dialog {
    const dialog = new Dialog(parts, invite.addresses('contact')?.[0]?.uri ?? '', parts.random.integer(100, 999))
    dialog.remoteTag = invite.fromTag
    dialog.#remoteNumber = invite.cseq?.number
    dialog.#routes = withoutOwn(invite.all('record-route'), invite, parts.own)
    return dialog
  }

  get id(): string {
    return dialogId(this.parts.callId, this.parts.localTag)
  }

  /** Takes over tag, route set and target of a response to our INVITE (RFC 3261 §12.1.2). */
  confirm(response: SipResponse): void {
    if (response.toTag === undefined) return
    this.remoteTag = response.toTag
    this.#routes = withoutOwn(response.all('record-route'), response, this.parts.own).toReversed()
    this.refreshTarget(response)
  }

  /** A final refusal ended whatever early dialog there was: the next INVITE begins one (RFC 3261 §12.3). */
  beginAnew(requestUri: string): void {
    this.remoteTag = undefined
    this.#routes = []
    this.#remoteTarget = requestUri
  }

  /** A target refresh: INVITE, UPDATE and their 2xx carry the peer's Contact (RFC 3261 §12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    const uri = message.addresses('contact')?.[0]?.uri
    if (uri !== undefined) this.#remoteTarget = uri
  }

  /** False for a request older than the last one: answer 500 (RFC 3261 §12.2.2). */
  admits(request: SipRequest): boolean {
    const number = request.cseq?.number ?? 0
    if (this.#remoteNumber !== undefined && number < this.#remoteNumber) return false
    this.#remoteNumber = number
    return true
  }

  /** The next request in this dialog; `headers` are those that are not the dialog's own. */
  request(method: string, headers: Headers = [], body?: OutgoingBody): SipRequest {
    return this.#build(method, ++this.#localNumber, headers, body)
  }

  /** The ACK of a 2xx: a request of its own with the number of the INVITE (RFC 3261 §13.2.2.4). */
  ack(number: number, body?: OutgoingBody): SipRequest {
    return this.#build('ACK', number, [], body)
  }

  #build(method: string, number: number, headers: Headers, body: OutgoingBody | undefined): SipRequest {
    const { peer, own, random, proxyCallId, local, remote, localTag, callId, contact } = this.parts
    const needsContact = method === 'INVITE' || method === 'UPDATE' || method === 'SUBSCRIBE' || method === 'REFER'
    return createRequest({
      method,
      requestUri: this.#remoteTarget,
      headers: [
        ['Via', viaTowards(peer, own, random, proxyCallId)],
        ...this.#routes.map((route): [string, string] => ['Route', route]),
        ['Max-Forwards', String(zoneHopCount)],
        ['From', `${local};tag=${localTag}`],
        ['To', this.remoteTag === undefined ? remote : `${remote};tag=${this.remoteTag}`],
        ['Call-ID', callId],
        ['CSeq', `${number} ${method}`],
        ...(needsContact ? [['Contact', contact] as const] : []),
        ['User-Agent', b2buaProduct],
        ...headers,
        ...(body === undefined ? [] : [['Content-Type', body.type] as const]),
      ],
      ...(body === undefined ? {} : { body: body.content }),
    })
  }
}

/** As it stands in User-Agent and Server of B2BUA legs. */
export const b2buaProduct = 'TANDBERG/4352 (X8.1-b2bua-1.0)'

export function dialogId(callId: string, localTag: string): string {
  return `${callId} ${localTag}`
}

/** An address header's name and URI without header parameters, which are the tag's place. */
export function withoutParameters(message: SipRequest, header: 'from' | 'to'): string {
  const address = header === 'from' ? message.from : message.to
  return address === undefined ? '' : formatNameAddress({ displayName: address.displayName, uri: address.uri })
}

/** Record-Routes that this VCS put in itself lead nowhere else. */
function withoutOwn(routes: readonly string[], message: SipRequest | SipResponse, own: OwnSipNames): string[] {
  const parsed = message.addresses('record-route') ?? []
  return routes.filter((_, index) => {
    const host = parsed[index]?.sipUri?.host
    return host === undefined || !isOwnHost(own, host)
  })
}
