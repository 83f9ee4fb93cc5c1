import type { SipPeer } from '../../control/sip-peer.ts'
import { newTag } from '../../protocol/sip/branch.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { CallAdmission, CallToAdmit } from '../admission.ts'
import type { EndedCall } from '../call-history.ts'
import { CallHistory } from '../call-history.ts'
import type { ProxiedCallContext } from './proxied-call.ts'
import { ProxiedCall } from './proxied-call.ts'

export interface ProxiedCallsOptions extends ProxiedCallContext {
  readonly admission: CallAdmission
}

export interface ProxiedCallsStatus {
  readonly active: ReadonlyArray<ReturnType<ProxiedCall['status']>>
  /** Newest first. */
  readonly history: readonly EndedCall[]
  readonly counts: ReturnType<CallHistory['counts']>
}

/** The calls that this VCS routes without carrying their media. */
export class ProxiedCalls {
  readonly #options: ProxiedCallsOptions
  readonly #history = new CallHistory()
  readonly #calls = new Set<ProxiedCall>()
  readonly #byCallId = new Map<string, Set<ProxiedCall>>()

  constructor(options: ProxiedCallsOptions) {
    this.#options = options
  }

  /** An INVITE outside any dialog, for `targetUri` behind `to`. */
  async invite(
    transaction: ServerTransaction,
    from: SipPeer,
    to: SipPeer,
    targetUri: string,
    kind: CallToAdmit,
  ): Promise<void> {
    const { admission, ...context } = this.#options
    const verdict = admission.admit(kind)
    if (!verdict.admitted) return this.#refuseForLimit(transaction, verdict)
    const { permit } = verdict
    const callId = transaction.request.callId!
    const call = new ProxiedCall({
      context,
      invite: transaction,
      from,
      to,
      targetUri,
      callType: kind.type,
      permit,
      onEnded: (_, ended) => {
        permit.release()
        this.#forget(call, callId)
        this.#history.add(ended)
      },
    })
    this.#calls.add(call)
    this.#byCallId.set(callId, (this.#byCallId.get(callId) ?? new Set()).add(call))
    await call.start()
  }

  /** Whether a request belongs to a call here; if so it is dealt with. */
  inDialog(transaction: ServerTransaction): boolean {
    const call = this.#find(transaction.request, transaction.flow)
    call?.receive(transaction)
    return call !== undefined
  }

  ack(ack: SipRequest, flow: SipFlow): void {
    this.#find(ack, flow)?.receiveAck(ack)
  }

  cancel(invite: ServerTransaction): void {
    for (const call of this.#byCallId.get(invite.request.callId ?? '') ?? []) call.cancel(invite)
  }

  flowClosed(flow: SipFlow): void {
    for (const call of [...this.#calls]) call.flowClosed(flow)
  }

  endAll(reason: string): void {
    for (const call of [...this.#calls]) call.end(reason, 503)
  }

  status(): ProxiedCallsStatus {
    return {
      active: [...this.#calls].map((call) => call.status()),
      history: this.#history.list(),
      counts: this.#history.counts(),
    }
  }

  #find(request: SipRequest, flow: SipFlow): ProxiedCall | undefined {
    if (request.toTag === undefined) return undefined
    return [...(this.#byCallId.get(request.callId ?? '') ?? [])].find((call) => call.owns(request, flow))
  }

  #forget(call: ProxiedCall, callId: string): void {
    this.#calls.delete(call)
    const others = this.#byCallId.get(callId)
    others?.delete(call)
    if (others?.size === 0) this.#byCallId.delete(callId)
  }

  #refuseForLimit(transaction: ServerTransaction, verdict: { status: number; reason: string }): void {
    const { log, own, random } = this.#options
    const { request } = transaction
    const { status, reason } = verdict
    const details = { Service: 'SIP', 'Src-alias': request.from?.uri, 'Dst-alias': request.requestUri }
    log.warn('License Limit Reached', { ...details, Reason: reason })
    log.warn('Call Rejected', { ...details, 'Response-code': status, Reason: reason })
    const headers = [['Warning', `399 ${own.fqdn} "${reason}"`]] as const
    transaction.respond(createResponse(request, status, 'Service Unavailable', { toTag: newTag(random), headers }))
  }
}
