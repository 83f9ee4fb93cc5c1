import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { DeviceAuthentication } from './device-authentication.ts'
import type { LocalRegistrar } from './local-registrar.ts'
import type { PresenceServer } from './presence-server.ts'

export interface DeviceServicesOptions {
  readonly registrar: LocalRegistrar
  readonly presence: PresenceServer
  readonly authentication: DeviceAuthentication
  readonly random: Random
  readonly log: Log
  /** Whether "SIP registrations and provisioning on VCS" is on for a domain; undefined where the domain is not ours. */
  readonly serviceOf: (host: string) => 'On' | 'Off' | undefined
}

/** What this VCS itself does for devices that connect to it: registrations and presence. */
export class DeviceServices {
  readonly #options: DeviceServicesOptions

  constructor(options: DeviceServicesOptions) {
    this.#options = options
  }

  /** Whether a request of a device is for the registrar or the presence server; if so it is answered. */
  take(transaction: ServerTransaction): boolean {
    const { request } = transaction
    const { registrar, presence, serviceOf } = this.#options
    if (request.method === 'REGISTER') {
      registrar.register(transaction)
      return true
    }
    if (request.method !== 'PUBLISH' && request.method !== 'SUBSCRIBE') return false
    const service = serviceOf(request.sipUri?.host ?? '')
    if (service === undefined && !presence.holds(request)) return false
    if (service === 'Off') {
      this.#refuse(transaction)
      return true
    }
    if (!this.#isChallenged(transaction)) {
      if (request.method === 'PUBLISH') presence.publish(transaction)
      else presence.subscribe(transaction)
    }
    return true
  }

  #isChallenged(transaction: ServerTransaction): boolean {
    const verdict = this.#options.authentication.judge(transaction.request, transaction.flow)
    if (!verdict.passes) transaction.respond(verdict.challenge(newTag(this.#options.random)))
    return !verdict.passes
  }

  #refuse(transaction: ServerTransaction): void {
    const { log, random } = this.#options
    const { request } = transaction
    log.warn('Message Rejected', { ...eventDetails(request), 'Response-code': 403, Reason: 'Unknown domain' })
    transaction.respond(createResponse(request, 403, 'Forbidden', { toTag: newTag(random) }))
  }
}

function eventDetails(request: SipRequest): Record<string, unknown> {
  return {
    Service: 'SIP',
    Method: request.method,
    'Src-alias': request.from?.uri,
    'Request-URI': request.requestUri,
    'Call-id': request.callId,
  }
}
