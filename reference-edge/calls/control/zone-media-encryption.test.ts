import { afterEach, describe, expect, it } from 'vitest'
import type { Scene } from './b2bua-scene.fixture.ts'
import { nodeName, openScene, plainDescription, secureOffer } from './b2bua-scene.fixture.ts'
import type { MediaEncryptionMode } from './media-encryption.ts'

let scene: Scene | undefined
afterEach(() => scene?.[Symbol.asyncDispose]())

const aliceContact = 'sip:3f0c@192.0.2.10:50784;transport=tls'

/** A call from outside with this offer. */
function dialIn(mode: MediaEncryptionMode, body: string): Scene {
  const opened = (scene = openScene({ mediaEncryption: mode }))
  const headers = [
    ['From', `<sip:1001@${nodeName}>;tag=alice`],
    ['To', `<sip:1003@${nodeName}>`],
    ['Call-ID', 'call-1@client'],
    ['CSeq', '101 INVITE'],
    ['Contact', `<${aliceContact}>`],
  ] as const
  opened.outside.request('INVITE', `sip:1003@${nodeName}`, headers, body)
  return opened
}

/** A call to outside with this offer. */
function dialOut(mode: MediaEncryptionMode, body = plainDescription()): Scene {
  const opened = (scene = openScene({ mediaEncryption: mode }))
  const registration = { key: '3f0c@192.0.2.10:50784', contact: aliceContact, aor: 'sip:1001@x' }
  opened.registrations.keep(
    { ...registration, deviceName: 'CSFALICE', node: opened.inside.peer, by: opened.outside.peer },
    120,
  )
  const headers = [
    ['From', `<sip:1003@${nodeName}>;tag=carol`],
    ['To', `<sip:1001@${nodeName}>`],
    ['Call-ID', 'inside-1@127.9.3.20'],
    ['CSeq', '101 INVITE'],
    ['Contact', '<sip:1003@127.9.3.20:5060;transport=tcp>'],
  ] as const
  const uri = 'sip:3f0c@127.9.3.10:5060;transport=tcp;orig-hostport=192.0.2.10:50784'
  opened.inside.request('INVITE', uri, headers, body)
  return opened
}

const clear = secureOffer({ profile: 'RTP/AVP' })
const profileOf = (body: Buffer) => /^m=audio \d+ (\S+)/m.exec(body.toString())?.[1]
const hasKeys = (body: Buffer) => body.includes('a=crypto:')

describe('an offer from outside', () => {
  it.each([
    ['Force encrypted', 'RTP/SAVP', 'RTP/AVP'],
    ['Force unencrypted', 'RTP/AVP', 'RTP/AVP'],
    ['Best effort', 'RTP/SAVP', 'RTP/AVP'],
    ['Best effort', 'RTP/AVP', 'RTP/AVP'],
    ['Auto', 'RTP/AVP', 'RTP/AVP'],
    ['Auto', 'RTP/SAVP', 'RTP/SAVP'],
  ] as const)('under %s with %s goes inside as %s, and is answered as it came', async (mode, profile, wanted) => {
    const { inside, outside } = dialIn(mode, secureOffer({ profile }))
    const invite = await inside.nextRequest('INVITE')
    expect(profileOf(invite.body)).toBe(wanted)
    expect(hasKeys(invite.body)).toBe(wanted === 'RTP/SAVP')
    const key = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'B'.repeat(40)}\r\n`
    const secure = plainDescription({ extra: key }).replace('RTP/AVP', 'RTP/SAVP')
    const body = wanted === 'RTP/SAVP' ? secure : plainDescription()
    inside.respond(invite, 200, 'OK', { contact: 'sip:x@127.9.3.20', body })
    const answered = await outside.nextResponse(200)
    expect(profileOf(answered.body)).toBe(profile)
    expect(hasKeys(answered.body)).toBe(profile === 'RTP/SAVP')
    // Auto: the key of whoever answered; otherwise one of our own.
    if (profile === 'RTP/SAVP') expect(answered.body.includes('B'.repeat(40))).toBe(mode === 'Auto')
  })

  it.each([
    ['Force encrypted', clear],
    ['Force unencrypted', secureOffer()],
  ] as const)('under %s is refused 488 where it is the other way', async (mode, offer) => {
    const { inside, outside, media } = dialIn(mode, offer)
    await outside.nextResponse(488)
    expect(inside.received).toHaveLength(0)
    expect(media.portsInUse).toBe(0)
  })
})

describe('an offer to outside', () => {
  it.each([
    ['Force encrypted', 'RTP/SAVP'],
    ['Force unencrypted', 'RTP/AVP'],
    ['Best effort', 'RTP/SAVP'],
    ['Auto', 'RTP/AVP'],
  ] as const)('under %s is %s', async (mode, wanted) => {
    const { outside } = dialOut(mode)
    const invite = await outside.nextRequest('INVITE')
    expect(profileOf(invite.body)).toBe(wanted)
    expect(hasKeys(invite.body)).toBe(wanted === 'RTP/SAVP')
  })

  it('under Force unencrypted is not answered with SRTP', async () => {
    const { outside, inside } = dialOut('Force unencrypted')
    const invite = await outside.nextRequest('INVITE')
    outside.respond(invite, 200, 'OK', { contact: aliceContact, body: secureOffer() })
    await inside.nextResponse(488)
  })

  it('under Best effort is made again in clear where SRTP was refused, as a new dialog', async () => {
    const { outside, inside } = dialOut('Best effort')
    const first = await outside.nextRequest('INVITE')
    outside.respond(first, 180, 'Ringing', { toTag: 'early' })
    await inside.nextResponse(180)
    outside.respond(first, 488, 'Not Acceptable Here', { toTag: 'early' })
    await outside.nextRequest('ACK')
    const second = await outside.nextRequest('INVITE')
    expect(profileOf(second.body)).toBe('RTP/AVP')
    expect(hasKeys(second.body)).toBe(false)
    expect(second.toTag).toBeUndefined()
    expect(second.requestUri).toBe(first.requestUri)
    expect(second.cseq!.number).toBe(first.cseq!.number + 1)
    outside.respond(second, 200, 'OK', { toTag: 'late', contact: aliceContact, body: clear })
    const answered = await inside.nextResponse(200)
    expect(profileOf(answered.body)).toBe('RTP/AVP')
  })

  it('under Best effort ends where clear media are refused too; under Force encrypted at the first refusal', async () => {
    const best = dialOut('Best effort')
    for (const number of [1, 2]) {
      const invite = await best.outside.nextRequest('INVITE')
      best.outside.respond(invite, 488, 'Not Acceptable Here', { toTag: `no-${number}` })
      await best.outside.nextRequest('ACK')
    }
    await best.inside.nextResponse(488)
    await best[Symbol.asyncDispose]()
    const forced = dialOut('Force encrypted')
    const invite = await forced.outside.nextRequest('INVITE')
    forced.outside.respond(invite, 488, 'Not Acceptable Here')
    await forced.inside.nextResponse(488)
  })
})
