import { timingSafeEqual } from 'node:crypto'
import type { Log } from '#runtime/log.ts'
import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import { newTag } from '../protocol/sip/branch.ts'
import { digestResponse, hashOfUser } from '../protocol/sip/digest.ts'
import { createResponse, type SipRequest } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { writeCredentialAnswer } from '../provisioning/service-body.ts'
import { verifyService } from '../provisioning/service-signature.ts'

export interface ServiceCheckOptions {
  /** Trusted CA certificates, PEM. */
  readonly trust: readonly string[]
  readonly wall: WallClock
  readonly random: Random
  readonly log: Log
  /** The password this user signed in with, where a credential cache of the cluster has it. */
  readonly password: (user: string) => Promise<string | undefined>
}

/** Whether a SERVICE asks to have credentials checked. */
export function isCredentialService(request: SipRequest): boolean {
  return request.method === 'SERVICE' && request.first('event')?.trim().toLowerCase() === 'service'
}

/**
 * Answers the Expressway's SERVICE: 200 with HA1 where its signature, certificate and date are good and the digest is the
 * one of the password that the user signed in with, 403 otherwise.
 */
export async function answerService(transaction: ServerTransaction, options: ServiceCheckOptions): Promise<void> {
  const { request } = transaction
  const verdict = await checkService(request, options)
  const toTag = newTag(options.random)
  const { log } = options
  if (!verdict.ok) {
    log.warn('Authorization Failure', { Service: 'SIP', Method: 'SERVICE', User: verdict.user, Reason: verdict.reason })
    // A Warning tells the Expressway that it was not believed itself: other credentials would not help its client.
    const headers = verdict.user === undefined ? ([['Warning', `399 vcsc "${verdict.reason}"`]] as const) : []
    return void transaction.respond(createResponse(request, 403, 'Forbidden', { toTag, headers }))
  }
  const { contentType, body } = writeCredentialAnswer({ ha1: verdict.ha1 })
  log.debug('Credential check', { Service: 'SIP', User: verdict.user, Detail: 'Accepted' })
  const headers = [['Content-Type', contentType]] as const
  transaction.respond(createResponse(request, 200, 'OK', { toTag, headers, body }))
}

type Verdict =
  | { readonly ok: true; readonly user: string; readonly ha1: string }
  | { readonly ok: false; readonly user?: string; readonly reason: string }

async function checkService(request: SipRequest, options: ServiceCheckOptions): Promise<Verdict> {
  const { trust, wall, password } = options
  const verified = verifyService(request, { trust, now: wall.now() })
  if (!verified.ok) return { ok: false, reason: verified.reason }
  const { check } = verified
  const user = check.username
  const known = await password(user)
  if (known === undefined) return { ok: false, user, reason: 'no credentials cached for user' }
  const ha1 = hashOfUser(user, check.realm, known)
  const { method, uri, nonce } = check
  const quality = check.qop === '' ? undefined : { qop: 'auth' as const, nonceCount: check.nc, cnonce: check.cnonce }
  const expected = digestResponse({ ha1, method, uri, nonce, quality })
  if (!isSameText(expected, check.response.toLowerCase())) {
    return { ok: false, user, reason: 'calculated response does not match supplied response' }
  }
  return { ok: true, user, ha1 }
}

function isSameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
