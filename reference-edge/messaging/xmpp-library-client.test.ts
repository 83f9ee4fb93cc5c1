import { Client } from '@xmpp/client-core'
import ConnectionTcp from '@xmpp/connection-tcp'
import { promise } from '@xmpp/events'
import iqCaller from '@xmpp/iq/caller.js'
import type { IqCaller } from '@xmpp/iq/caller.js'
import middleware from '@xmpp/middleware'
import resourceBinding from '@xmpp/resource-binding'
import streamFeatures from '@xmpp/stream-features'
import TlsSocket from '@xmpp/tls/lib/Socket.js'
import type { Element } from '@xmpp/xml'
import xml from '@xmpp/xml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startImAndPresence } from '#simulators/imp/start.ts'
import type { MessagingPath } from './messaging-path.fixture.ts'
import { startMessagingPath } from './messaging-path.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'

/** A client that nobody here wrote: the parts of @xmpp/client, with an authority and an address of its own. */
let path: MessagingPath
beforeAll(async () => {
  path = await startMessagingPath(startImAndPresence, 80)
})
afterAll(() => path[Symbol.asyncDispose]())

function libraryClient(user: string, ca: string): { entity: Client; iq: IqCaller } {
  const { local } = path.xmpp.status()
  const entity = new Client({ service: `xmpp://${local.address}:${local.port}`, domain: 'example.com' })
  class FromOwnAddress extends ConnectionTcp {
    override socketParameters(service: string) {
      const parameters = super.socketParameters(service)
      return parameters && { ...parameters, localAddress: path.address.client }
    }
  }
  Object.assign(FromOwnAddress.prototype, { NS: 'jabber:client' })
  entity.transports.push(FromOwnAddress)
  const ware = middleware({ entity })
  const features = streamFeatures({ middleware: ware })
  const iq = iqCaller({ middleware: ware, entity })
  features.use('starttls', 'urn:ietf:params:xml:ns:xmpp-tls', async () => {
    await entity.sendReceive(xml('starttls', { xmlns: 'urn:ietf:params:xml:ns:xmpp-tls' }))
    const secure = new TlsSocket()
    secure.connect({ socket: entity.socket, host: 'example.com', servername: 'example.com', ca } as never)
    await promise(secure, 'connect')
    entity._attachSocket(secure)
    await entity.restart()
  })
  const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
  features.use('mechanisms', sasl, async () => {
    const payload = Buffer.from(`\0${user}\0${user}-password`).toString('base64')
    const answer = await entity.sendReceive(xml('auth', { xmlns: sasl, mechanism: 'PLAIN' }, payload))
    expect(answer.name).toBe('success')
    await entity.restart()
  })
  resourceBinding({ iqCaller: iq, streamFeatures: features }, 'jabber_42')
  return { entity, iq }
}

/** Connects and waits until the client is bound; rejects with the first error. */
async function signIn(entity: Client): Promise<string> {
  const online = new Promise<string>((resolve, reject) => {
    entity.on('online', (jid: { toString(): string }) => resolve(jid.toString()))
    entity.on('error', reject)
  })
  online.catch(() => undefined)
  const { local } = path.xmpp.status()
  await entity.connect(`xmpp://${local.address}:${local.port}`)
  await entity.open({ domain: 'example.com' })
  return online
}

test('a client built from @xmpp parts signs in, reads its roster and receives a message', async () => {
  const { entity, iq } = libraryClient('alice', path.authority.certificate)
  expect(await signIn(entity)).toBe('alice@example.com/jabber_42')
  expect(path.xmpp.status().clients).toMatchObject([{ address: path.address.client, isAuthenticated: true }])
  const roster = await iq.get(xml('query', { xmlns: 'jabber:iq:roster' }))
  expect(roster?.getChildren('item').map(({ attrs }) => attrs['jid'])).toEqual(['bob@example.com', 'carol@example.com'])
  const info = await iq.get(xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }), 'example.com')
  expect(info?.getChild('identity')?.attrs).toMatchObject({ category: 'server', type: 'im' })
  const received = new Promise<Element>((resolve) => {
    entity.on('stanza', (stanza: Element) => stanza.is('message') && resolve(stanza))
  })
  await entity.send(xml('message', { to: 'alice@example.com/jabber_42' }, xml('body', {}, 'note to self')))
  expect((await received).getChildText('body')).toBe('note to self')
  await expect(iq.get(xml('query', { xmlns: 'urn:nothing' }))).rejects.toMatchObject({
    condition: 'service-unavailable',
  })
  await entity.stop()
})

test('without the authority the client does not send its password', async () => {
  const { logins } = await path.call<{ logins: unknown[] }>('history')
  const { entity } = libraryClient('bob', testAuthority().certificate)
  await expect(signIn(entity)).rejects.toThrow()
  expect((await path.call<{ logins: unknown[] }>('history')).logins).toHaveLength(logins.length)
  await entity.stop().catch(() => undefined)
})
