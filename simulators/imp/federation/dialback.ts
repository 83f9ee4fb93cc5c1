import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const dialbackNs = {
  server: 'jabber:server',
  dialback: 'jabber:server:dialback',
  feature: 'urn:xmpp:features:dialback',
} as const

/** The two domains of a connection: who opened it, and who is to believe that; and the latter's stream id. */
export interface DialbackSubject {
  readonly originating: string
  readonly receiving: string
  readonly streamId: string
}

/** XEP-0185 §2: nobody without the originating domain's secret can make it, and nothing has to be remembered. */
export function dialbackKey(secret: string, { originating, receiving, streamId }: DialbackSubject): string {
  const key = createHash('sha256').update(secret).digest('hex')
  return createHmac('sha256', key).update(`${receiving} ${originating} ${streamId}`).digest('hex')
}

export function isDialbackKey(given: string, secret: string, subject: DialbackSubject): boolean {
  const [left, right] = [given, dialbackKey(secret, subject)].map((key) => createHash('sha256').update(key).digest())
  return timingSafeEqual(left!, right!)
}

/** A domain as DNS takes it; what else a stream claims to be cannot be looked up. */
export function isDomain(text: string): boolean {
  return (
    text.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
  )
}
