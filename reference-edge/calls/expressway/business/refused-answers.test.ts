import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SipResponse } from '../../../protocol/sip/message.ts'
import { type Peer, places, reply, until } from '../sip-edge.fixture.ts'
import {
  type BusinessWorld,
  controlAnswers,
  controlSdp,
  inDialog,
  offered,
  partnerSdp,
  received,
  recordedBy,
  requestOfPartner,
  sdp,
  startBusiness,
} from './business.fixture.ts'

let business: BusinessWorld
let control: Peer
let partner: Peer

beforeEach(async () => {
  business = await startBusiness()
  ;({ control, partner } = business)
  await partner.dial(5061)
})

afterEach(() => business[Symbol.asyncDispose]())

const withVideo = (description: string, port: number) =>
  `${description}m=video ${port} RTP/SAVP 97\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'V'.repeat(40)}\r\n`

describe("an answer to another company's INVITE that cannot be carried", () => {
  const contact = { Contact: `<sip:${places.control}:5073;transport=tls>` }

  async function establish(callId: string, video?: 'video'): Promise<SipResponse> {
    const given = (description: string, port: number) => (video ? withVideo(description, port) : description)
    const port = 37_100 + 10 * Number(callId.at(-1))
    control.onRequest = controlAnswers(() => given(offered(places.control, port, 'C'), port + 2))
    const invite = requestOfPartner(partner, 'INVITE', { 'Call-ID': callId }, given(partnerSdp, 20_002))
    const answer = await partner.final(invite)
    expect(answer.status).toBe(200)
    partner.connection.send(requestOfPartner(partner, 'ACK', { 'Call-ID': callId, ...inDialog(answer), CSeq: '1 ACK' }))
    return answer
  }

  it('is acknowledged in a call that has no licence for more', async () => {
    const first = await establish('call-1')
    await establish('call-2')
    await establish('call-3', 'video')
    await until('the ACKs', () => control.acks.length === 3)
    control.onRequest = (transaction) =>
      reply(transaction, 200, 'OK', { ...contact, ...sdp }, withVideo(controlSdp, 37_002))
    const headers = { 'Call-ID': 'call-1', ...inDialog(first), CSeq: '2 INVITE' }
    expect((await partner.final(requestOfPartner(partner, 'INVITE', headers))).status).toBe(488)
    await until('the ACK', () => control.acks.length === 4)
    const [invite, ack] = [received(control, 'INVITE').at(-1)!, control.acks.at(-1)!]
    expect(ack).toMatchObject({ requestUri: `sip:${places.control}:5073;transport=tls`, callId: 'call-1' })
    expect(ack.cseq?.number).toBe(invite.cseq?.number)
    expect([ack.fromTag, ack.toTag]).toEqual([invite.fromTag, invite.toTag])
    expect(ack.body).toHaveLength(0)
    expect(received(control, 'BYE')).toHaveLength(0)
  })

  it('is acknowledged and its call ended where it opens one', async () => {
    control.onRequest = (transaction) => {
      const { request } = transaction
      if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
      const recorded = { 'Record-Route': `<sip:inner.example.com;lr>, ${recordedBy(request)['Record-Route']}` }
      reply(transaction, 200, 'OK', { ...recorded, ...contact, ...sdp }, 'v=0\r\n')
    }
    const invite = requestOfPartner(partner, 'INVITE', {}, partnerSdp)
    expect((await partner.final(invite)).status).toBe(500)
    await until('the BYE', () => received(control, 'BYE').length === 1)
    const [bye] = received(control, 'BYE')
    expect(control.acks).toHaveLength(1)
    for (const request of [control.acks[0]!, bye!]) {
      expect(request.all('route')).toEqual(['<sip:inner.example.com;lr>'])
      expect(request.requestUri).toBe(`sip:${places.control}:5073;transport=tls`)
    }
    expect(bye!.cseq!.number).toBe(control.acks[0]!.cseq!.number + 1)
    await until('the ports', () => business.world.relay.portsInUse === 0)
  })
})
