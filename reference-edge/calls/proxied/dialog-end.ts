import type { Random } from '#runtime/random.ts'
import type { OwnSipNames, SipPeer } from '../../control/sip-peer.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { highestCSeq } from '../../protocol/sip/message.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import { formatNameAddress } from '../../protocol/sip/name-address.ts'
import { Dialog } from '../control/dialog.ts'

export interface DialogEndParts {
  readonly own: OwnSipNames
  readonly random: Random
  readonly proxyCallId: string
}

/** What a proxy remembers of one end of a dialog, so that it can tell that end that the call is over. */
export class DialogEnd {
  readonly #callId: string | undefined
  readonly #isCaller: boolean
  readonly #dialogOf: (far: string | undefined, message: SipMessage) => Dialog
  /** Where this end is reached: its INVITE, or its 2xx to it. */
  #known: SipMessage | undefined
  #tag: string | undefined
  #farTag: string | undefined
  #target: SipMessage | undefined
  /** The highest CSeq of this end's requests. */
  #highest = 0

  private constructor(parts: DialogEndParts, peer: SipPeer, invite: SipRequest, isCaller: boolean) {
    this.#callId = invite.callId
    this.#isCaller = isCaller
    const [local, remote] = isCaller ? (['to', 'from'] as const) : (['from', 'to'] as const)
    this.#dialogOf = (far, message) => {
      const ends = {
        ...parts,
        peer,
        contact: '',
        callId: invite.callId!,
        localTag: far ?? '',
        local: withoutTag(invite, local),
        remote: withoutTag(invite, remote),
      }
      if (message.kind === 'request') return Dialog.asCallee(ends, message)
      const dialog = Dialog.asCaller(ends, invite.requestUri)
      dialog.confirm(message)
      return dialog
    }
  }

  static ofCaller(parts: DialogEndParts, peer: SipPeer, invite: SipRequest): DialogEnd {
    const end = new DialogEnd(parts, peer, invite, true)
    end.#tag = invite.fromTag
    end.#known = invite
    end.#highest = invite.cseq?.number ?? 0
    return end
  }

  static ofCallee(parts: DialogEndParts, peer: SipPeer, invite: SipRequest): DialogEnd {
    const end = new DialogEnd(parts, peer, invite, false)
    end.#farTag = invite.fromTag
    return end
  }

  /** Whether a request with these tags was sent by this end. The callee's tag is not known before its 2xx. */
  sent(callId: string | undefined, fromTag: string | undefined, toTag: string | undefined): boolean {
    if (callId !== this.#callId || fromTag === undefined || toTag === undefined) return false
    if (this.#isCaller) return fromTag === this.#tag && (this.#farTag === undefined || toTag === this.#farTag)
    return toTag === this.#farTag && (this.#tag === undefined || fromTag === this.#tag)
  }

  /** Something of this end in the dialog: its contact may have changed. */
  heard(message: SipMessage): void {
    if (message.kind === 'request') this.#highest = Math.max(this.#highest, message.cseq?.number ?? 0)
    const isFirst = this.#known === undefined
    if (message.kind === 'response' && isFirst) {
      this.#known = message
      this.#tag = message.toTag
    }
    if (!isFirst && message.addresses('contact')?.[0] !== undefined) this.#target = message
  }

  /** The far end has taken the call. */
  answeredBy(response: SipResponse): void {
    this.#farTag = response.toTag
  }

  /** BYE as from the far end, with its next number; nothing where this end is not reached any more. */
  sayGoodbye(layer: TransactionLayer, flow: SipFlow | undefined, far: DialogEnd): void {
    if (flow === undefined || this.#known === undefined) return
    const dialog = this.#dialogOf(this.#farTag, this.#known)
    if (this.#target !== undefined) dialog.refreshTarget(this.#target)
    const bye = dialog.request('BYE')
    bye.set('CSeq', `${Math.min(far.#highest + 1, highestCSeq)} BYE`)
    layer.request(bye, flow, { onResponse: ignore, onTimeout: ignore, onTransportError: ignore })
  }
}

const ignore = () => undefined

function withoutTag(invite: SipRequest, header: 'from' | 'to'): string {
  const address = header === 'from' ? invite.from : invite.to
  return address === undefined ? '' : formatNameAddress({ displayName: address.displayName, uri: address.uri })
}
