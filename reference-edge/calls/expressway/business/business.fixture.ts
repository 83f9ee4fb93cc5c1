import type { MonotonicClock } from '#runtime/clock.ts'
import type { Listener } from '#runtime/network.ts'
import type { SearchRule } from '../../../dial-plan/search-rules.ts'
import { attributeValues, connectionAddress } from '../../../protocol/sdp/attributes.ts'
import { parseSdp } from '../../../protocol/sdp/session-description.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../../protocol/sip/server-transaction.ts'
import { connectControl, openPartner, type Peer, places, reply, startWorld } from '../sip-edge.fixture.ts'

const sipPort = 15_061
const names = { '_sips._tcp.partner.test': `sip.partner.test:${sipPort}`, 'sip.partner.test': places.partner }

export type BusinessWorld = Awaited<ReturnType<typeof startBusiness>>

/** An Expressway with rules in both directions, its Control, and a host of another company that is not connected yet. */
export async function startBusiness(clock?: MonotonicClock) {
  const world = await startWorld({ licences: 2, names, ...(clock === undefined ? {} : { clock }) })
  world.business.rules = [
    rule({ name: 'Inbound', source: 'Default Zone', pattern: '@example.com', target: 'Traversal Zone' }),
    rule({ name: 'Outbound', source: 'Traversal Zone', mode: 'Any alias', target: 'DNSZone' }),
  ]
  world.business.dnsZones = [{ name: 'DNSZone', isSipOn: true, tlsVerify: true }]
  const control = await connectControl()
  const partner = openPartner()
  let listener: Listener | undefined
  return {
    world,
    control,
    partner,
    /** The other company takes calls where its SRV record leads. */
    async listen(who: Parameters<Peer['listen']>[1] = 'partner'): Promise<void> {
      listener = await partner.listen(sipPort, who)
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await listener?.stop()
    },
  }
}

export function rule(changes: Partial<SearchRule>): SearchRule {
  return {
    name: 'Rule',
    priority: 100,
    protocol: 'Any',
    source: 'Any',
    mustBeAuthenticated: false,
    mode: 'Alias pattern match',
    patternType: 'Suffix',
    pattern: '',
    behavior: 'Leave',
    replacement: '',
    onMatch: 'Continue',
    target: '',
    isEnabled: true,
    ...changes,
  }
}

export const key = (letter: string) => Buffer.alloc(30, letter).toString('base64')
export const offered = (address: string, port: number, letter: string) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(letter)}\r\n`
export const inClear = (address: string, port: number) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`

export const sdp = { 'Content-Type': 'application/sdp' }
export const partnerSdp = offered(places.partner, 20_000, 'P')
export const controlSdp = offered(places.control, 37_000, 'C')

export function mediaOf(message: SipMessage) {
  const parsed = parseSdp(message.body)
  if (!parsed.ok) throw new Error('no description')
  const [section] = parsed.sdp.media
  return {
    address: connectionAddress(section!) ?? connectionAddress(parsed.sdp),
    port: section!.port,
    crypto: attributeValues(section!, 'crypto').join(),
  }
}

export function requestOfPartner(
  partner: Peer,
  method: string,
  headers: Record<string, string> = {},
  body?: string,
): SipRequest {
  const { address, port } = partner.connection.local
  const all = {
    From: '<sip:peter@partner.test>;tag=p',
    To: '<sip:dave@example.com>',
    'Call-ID': 'b2b-1',
    Contact: `<sip:peter@${address}:${port};transport=tls>`,
    ...headers,
  }
  return partner.request(method, 'sip:dave@example.com', all, body)
}

export function requestToPartner(
  control: Peer,
  method: string,
  headers: Record<string, string> = {},
  body?: string,
): SipRequest {
  const all = {
    From: '<sip:dave@example.com>;tag=d',
    To: '<sip:peter@partner.test>',
    'Call-ID': 'b2b-2',
    Contact: `<sip:${places.control}:5073;transport=tls>`,
    ...headers,
  }
  return control.request(method, 'sip:peter@partner.test', all, body)
}

export const received = (peer: Peer, method: string) => peer.requests.filter((request) => request.method === method)
export const recordedBy = (request: SipRequest): Record<string, string> =>
  request.has('record-route') ? { 'Record-Route': request.all('record-route').join(', ') } : {}

/** Headers of the caller's later requests. */
export const inDialog = (answer: SipResponse) => ({
  Route: answer.all('record-route').toReversed().join(', '),
  To: answer.first('to')!,
})

/** Headers of the callee's later requests. */
export const inDialogBack = (invite: SipRequest) => ({
  Route: invite.all('record-route').join(', '),
  From: `${invite.first('to')!};tag=far`,
  To: invite.first('from')!,
  'Call-ID': invite.callId!,
})

/** Rings and answers each INVITE; `body` is told the number of the call. */
export function answering(body: (call: number) => string, contact: string) {
  const calls: string[] = []
  return (transaction: ServerTransaction) => {
    const { request } = transaction
    if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
    const recorded = recordedBy(request)
    if (!calls.includes(request.callId!)) calls.push(request.callId!)
    reply(transaction, 180, 'Ringing', recorded)
    reply(transaction, 200, 'OK', { ...recorded, Contact: contact, ...sdp }, body(calls.indexOf(request.callId!)))
  }
}

export const controlAnswers = (body = (call: number) => offered(places.control, 37_000 + 2 * call, 'C')) =>
  answering(body, `<sip:${places.control}:5073;transport=tls>`)
export const partnerAnswers = () =>
  answering(() => partnerSdp, `<sip:peter@${places.partner}:${sipPort};transport=tls>`)
