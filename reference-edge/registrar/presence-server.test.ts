import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { readXml } from '../protocol/xml/read.ts'
import { descendants, textOf } from '../protocol/xml/element.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import type { RegistrarScene } from './registrar-scene.fixture.ts'
import { openRegistrarScene, TestDevice } from './registrar-scene.fixture.ts'

let scene: RegistrarScene
let device: TestDevice
let watcher: TestDevice
beforeEach(async () => {
  scene = await openRegistrarScene({ subnet: '127.9.12' })
  device = await TestDevice.connect(scene, 5060)
  watcher = await TestDevice.connect(scene, 5060)
})
afterEach(async () => {
  await device[Symbol.asyncDispose]()
  await watcher[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})

const dave = 'sip:dave@example.com'
const pidf = (basic: string, id = 't1') =>
  `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" ` +
  `entity="${dave}"><tuple id="${id}"><status><basic>${basic}</basic></status><r:user-input>a &amp; b</r:user-input>` +
  `</tuple></presence>`

let cseq = 0
function publish(
  options: { body?: string; tag?: string; expires?: number; uri?: string; from?: string; event?: string } = {},
) {
  const { body = '', tag, expires, uri = dave, from = dave, event = 'presence' } = options
  return device.ask(
    'PUBLISH',
    uri,
    [
      ['From', `<${from}>;tag=p`],
      ['To', `<${uri}>`],
      ['Call-ID', 'publish'],
      ['CSeq', `${++cseq} PUBLISH`],
      ['Event', event],
      ...(tag === undefined ? [] : [['SIP-If-Match', tag] as const]),
      ...(expires === undefined ? [] : [['Expires', String(expires)] as const]),
      ...(body === '' ? [] : [['Content-Type', 'application/pidf+xml'] as const]),
    ],
    body,
  )
}

function subscribe(
  options: { expires?: number; toTag?: string; uri?: string; event?: string; accept?: string; callId?: string } = {},
) {
  const { expires, toTag, uri = dave, event = 'presence', accept = 'application/pidf+xml', callId = 'watch' } = options
  return watcher.ask('SUBSCRIBE', uri, [
    ['From', '<sip:erin@example.com>;tag=w'],
    ['To', `<${dave}>${toTag === undefined ? '' : `;tag=${toTag}`}`],
    ['Call-ID', callId],
    ['CSeq', `${++cseq} SUBSCRIBE`],
    ['Contact', `<sip:erin@${watcher.hostPort};transport=tcp>`],
    ['Event', event],
    ['Accept', accept],
    ...(expires === undefined ? [] : [['Expires', String(expires)] as const]),
  ])
}

const statesIn = ({ body }: SipRequest) => descendants(readXml(body), 'basic').map(textOf)
const etagOf = (response: SipResponse) => response.first('sip-etag')!

describe('the presence server', () => {
  it('tells a watcher what is there and each change, and that it is gone in its time', async () => {
    const answer = await subscribe({ expires: 600 })
    expect([answer.status, answer.expires]).toEqual([200, 600])
    const first = await watcher.nextRequest()
    expect(first).toMatchObject({ method: 'NOTIFY', fromTag: answer.toTag, toTag: 'w', callId: 'watch' })
    expect(first.first('subscription-state')).toMatch(/^active;expires=(600|599)$/)
    expect(first.first('content-type')).toBe('application/pidf+xml')
    expect(statesIn(first)).toEqual(['closed'])
    const published = await publish({ body: pidf('open') })
    expect([published.status, published.expires]).toEqual([200, 1800])
    const second = await watcher.nextRequest()
    expect(statesIn(second)).toEqual(['open'])
    expect(textOf(descendants(readXml(second.body), 'user-input')[0])).toBe('a & b')
    await scene.host.wall.advance(601_000)
    const last = await watcher.nextRequest()
    expect(last.first('subscription-state')).toBe('terminated;reason=timeout')
    expect(scene.devices.presence.status()).toEqual({ publications: 1, subscriptions: 0 })
    await scene.host.wall.advance(1_200_000)
    expect(scene.devices.presence.status().publications).toBe(0)
  })

  it('keeps a publication under one tag after the other, and those of two devices together', async () => {
    const first = await publish({ body: pidf('open') })
    const refreshed = await publish({ tag: etagOf(first) })
    expect(etagOf(refreshed)).not.toBe(etagOf(first))
    expect((await publish({ tag: etagOf(first) })).status).toBe(412)
    await publish({ body: pidf('closed') })
    await subscribe()
    expect(statesIn(await watcher.nextRequest())).toEqual(['closed', 'open'])
    expect((await publish({ tag: etagOf(refreshed), expires: 0 })).status).toBe(200)
    expect(statesIn(await watcher.nextRequest())).toEqual(['closed'])
  })

  it('refreshes and ends a subscription within its dialog only', async () => {
    const { toTag } = await subscribe()
    await watcher.nextRequest()
    expect((await subscribe({ toTag: 'nobody' })).status).toBe(481)
    expect((await subscribe({ toTag: toTag!, uri: 'sip:presence@127.9.12.10:5060', expires: 120 })).expires).toBe(120)
    expect((await watcher.nextRequest()).first('subscription-state')).toMatch(/^active;expires=(120|119)$/)
    expect((await subscribe({ toTag: toTag!, uri: 'sip:presence@127.9.12.10:5060', expires: 0 })).status).toBe(200)
    expect((await watcher.nextRequest()).first('subscription-state')).toMatch(/^terminated/)
    expect(scene.devices.presence.status().subscriptions).toBe(0)
  })

  it('ends subscriptions of a domain whose service goes off, and forgets watchers that are gone', async () => {
    await subscribe()
    await watcher.nextRequest()
    scene.service = 'Off'
    scene.devices.domainsChanged()
    expect((await watcher.nextRequest()).first('subscription-state')).toBe('terminated;reason=deactivated')
    scene.service = 'On'
    await subscribe({ callId: 'again' })
    await watcher.nextRequest()
    await watcher[Symbol.asyncDispose]()
    await waitFor('the connection to be gone', () => scene.sip.status().connections === 1)
    await publish({ body: pidf('open') })
    expect(scene.devices.presence.status().subscriptions).toBe(0)
  })

  it('refuses what it cannot serve', async () => {
    expect((await publish({ body: pidf('open'), event: 'dialog' })).status).toBe(489)
    expect((await publish({ body: pidf('open'), from: 'sip:mallory@example.com' })).status).toBe(403)
    expect((await publish({ body: '<!DOCTYPE x [<!ENTITY y "z">]><presence/>' })).status).toBe(400)
    expect((await publish({ body: pidf('open'), expires: 10 })).status).toBe(423)
    expect((await subscribe({ event: 'message-summary' })).status).toBe(489)
    expect((await subscribe({ accept: 'text/plain' })).status).toBe(406)
    expect((await subscribe({ expires: 10 })).status).toBe(423)
    expect((await subscribe({ uri: 'sip:dave@elsewhere.test' })).status).toBe(403)
    scene.service = 'Off'
    expect((await publish({ body: pidf('open') })).status).toBe(403)
    expect((await subscribe()).status).toBe(403)
    expect(scene.host.records.at(-1)).toMatchObject({ event: 'Message Rejected', Method: 'SUBSCRIBE' })
  })
})
