import type { Random } from '#runtime/random.ts'
import { answerChallenge, parseDigest } from '#simulators/protocol/sip/digest.ts'
import type { SipResponse } from '#simulators/protocol/sip/message.ts'
import { headers } from '#simulators/protocol/sip/message.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
  readonly random: Random
}

/** The header that answers a 401 or 407; undefined for other responses and where no challenge can be answered. */
export function answerTo(
  response: SipResponse | undefined,
  request: { readonly method: string; readonly uri: string },
  { user, password, random }: Credentials,
): HeaderLine | undefined {
  const names = response === undefined ? undefined : challenges[response.status]
  if (response === undefined || names === undefined || password === '') return undefined
  for (const value of headers(response, names.challenge)) {
    const challenge = parseDigest(value)
    const credentials = { user, password, cnonce: random.hex(16), count: 1 }
    const answer = challenge === undefined ? undefined : answerChallenge(challenge, request, credentials)
    if (answer !== undefined) return [names.answer, answer]
  }
  return undefined
}

/** RFC 3261 §22.2, §22.3. */
const challenges: Readonly<Record<number, { readonly challenge: string; readonly answer: string }>> = {
  401: { challenge: 'WWW-Authenticate', answer: 'Authorization' },
  407: { challenge: 'Proxy-Authenticate', answer: 'Proxy-Authorization' },
}
