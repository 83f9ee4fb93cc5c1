import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import { newTag } from '../../protocol/sip/branch.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { Side, SipPeer } from '../../control/sip-peer.ts'
import type { AdmissionStatus, CallAdmission, CallToAdmit } from '../admission.ts'
import { CallType } from '../admission.ts'
import type { EndedCall } from '../call-history.ts'
import { CallHistory } from '../call-history.ts'
import type { CallContext, CallStatus, CallSurroundings, RunningCall } from './call-context.ts'
import { Call } from './call.ts'
import { dialogId } from './dialog.ts'
import type { MediaEncryptionMode } from './media-encryption.ts'

export interface B2buaOptions extends CallSurroundings {
  readonly admission: CallAdmission
}

export interface B2buaStatus {
  readonly active: readonly CallStatus[]
  /** Newest first; at most 500. */
  readonly history: readonly EndedCall[]
  /** Since the start. */
  readonly counts: ReturnType<CallHistory['counts']>
  readonly admission: AdmissionStatus
}

/** The encryption B2BUA between the traversal zone and Unified CM: finds calls by their dialogs. */
export class B2bua {
  readonly #options: B2buaOptions
  readonly #history = new CallHistory()
  readonly #dialogs = new Map<string, { readonly call: RunningCall; readonly side: Side }>()
  readonly #calls = new Map<RunningCall, () => void>()

  constructor(options: B2buaOptions) {
    this.#options = options
  }

  /** An INVITE outside any dialog, for `targetUri` behind `to`. A media encryption mode takes the place of the zone's. */
  async invite(
    transaction: ServerTransaction,
    from: SipPeer,
    to: SipPeer,
    targetUri: string,
    kind: CallToAdmit & { readonly mediaEncryption?: MediaEncryptionMode } = { type: CallType.unifiedCmRemoteSession },
  ): Promise<void> {
    const { request } = transaction
    if (request.addresses('contact')?.[0] === undefined) return this.#refuse(transaction, 400, 'Bad Request')
    const verdict = this.#options.admission.admit(kind)
    if (!verdict.admitted) return this.#refuseForLimit(transaction, verdict)
    const { permit } = verdict
    const { type: callType, mediaEncryption } = kind
    const context = {
      ...this.#context(),
      ...(mediaEncryption === undefined ? {} : { mediaEncryption: () => mediaEncryption }),
    }
    const call = new Call({ context, from, to, invite: request, targetUri, callType, permit })
    this.#calls.set(call, () => permit.release())
    await call.start(transaction)
  }

  /** Whether a request belongs to a call here; if so it is dealt with. */
  async inDialog(transaction: ServerTransaction): Promise<boolean> {
    const found = this.#find(transaction.request)
    if (found === undefined) return false
    await found.call.receive(found.side, transaction)
    return true
  }

  ack(ack: SipRequest): void {
    const found = this.#find(ack)
    found?.call.receiveAck(found.side, ack)
  }

  /** The INVITE a CANCEL named was cancelled. */
  cancel(invite: ServerTransaction): void {
    for (const call of [...this.#calls.keys()]) call.cancel(invite)
  }

  flowClosed(flow: SipFlow): void {
    for (const call of [...this.#calls.keys()]) call.flowClosed(flow)
  }

  endAll(reason: string): void {
    for (const call of [...this.#calls.keys()]) call.end(reason, 503)
  }

  /** Ends one call as the Disconnect button does; false where there is none of that id. */
  disconnect(id: string): boolean {
    const call = [...this.#calls.keys()].find((candidate) => candidate.id === id)
    call?.end('Disconnected by the administrator')
    return call !== undefined
  }

  status(): B2buaStatus {
    return {
      active: [...this.#calls.keys()].map((call) => call.status()),
      history: this.#history.list(),
      counts: this.#history.counts(),
      admission: this.#options.admission.status(),
    }
  }

  #find(request: SipRequest) {
    const { toTag, callId } = request
    return toTag === undefined || callId === undefined ? undefined : this.#dialogs.get(dialogId(callId, toTag))
  }

  #context(): CallContext {
    return {
      ...this.#options,
      register: (dialog, call, side) => void this.#dialogs.set(dialog, { call, side }),
      counterpart: ({ callId, localTag, remoteTag }, side) => {
        const found = this.#dialogs.get(dialogId(callId, remoteTag))
        const isKnown = found?.side === side && found.call.isNamedBy(side, localTag)
        return isKnown ? found.call.dialogBeyond(side) : undefined
      },
      unregister: (dialog) => void this.#dialogs.delete(dialog),
      ended: (call, ended) => {
        this.#calls.get(call)?.()
        this.#calls.delete(call)
        this.#history.add(ended)
      },
    }
  }

  #refuseForLimit(transaction: ServerTransaction, verdict: { status: number; reason: string }): void {
    const { log, own } = this.#options
    const { request } = transaction
    const { status, reason } = verdict
    const details = { Service: 'SIP', 'Src-alias': request.from?.uri, 'Dst-alias': request.requestUri }
    log.warn('License Limit Reached', { ...details, Reason: reason })
    log.warn('Call Rejected', { ...details, 'Response-code': status, Reason: reason })
    this.#refuse(transaction, status, 'Service Unavailable', [['Warning', `399 ${own.fqdn} "${reason}"`]])
  }

  #refuse(transaction: ServerTransaction, status: number, reason: string, headers: [string, string][] = []): void {
    const toTag = newTag(this.#options.random)
    transaction.respond(createResponse(transaction.request, status, reason, { toTag, headers }))
  }
}
