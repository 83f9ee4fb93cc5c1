import { Client } from '@xmpp/client-core'
import ConnectionTcp from '@xmpp/connection-tcp'
import iqCaller from '@xmpp/iq/caller.js'
import type { IqCaller } from '@xmpp/iq/caller.js'
import middleware from '@xmpp/middleware'
import resourceBinding from '@xmpp/resource-binding'
import sasl from '@xmpp/sasl'
import type { SaslMechanism } from '@xmpp/sasl'
import streamFeatures from '@xmpp/stream-features'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import type { NameCheck } from '#simulators/protocol/endpoint/certificate-rule.ts'
import { isCertificateProblem } from '#simulators/protocol/endpoint/certificate-rule.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { StageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import { screenTexts } from '#simulators/protocol/endpoint/screen-texts.ts'
import type { ClientLog } from './client-log.ts'
import { summaryOf, XmppSocket } from './xmpp-socket.ts'

export interface XmppSessionOptions {
  readonly network: HostNetwork
  /** Connected, in clear. */
  readonly connection: Connection
  /** Presence domain. */
  readonly domain: string
  /** Sent as server name; how the certificate is judged. */
  readonly serverName: string
  readonly nameCheck: NameCheck
  readonly mechanism: SaslMechanism
  readonly resource: string
  readonly onStanza: (stanza: Element) => void
  /** The stream ended after it was online. */
  readonly onClosed: (why: string) => void
  readonly log: ClientLog
}

export interface XmppSession {
  /** Full JID as bound by the server. */
  readonly jid: string
  readonly iq: IqCaller
  send(stanza: Element): Promise<void>
  close(): Promise<void>
}

/** userid and one-time password, a NUL between them (wire facts §8.2). */
export function vtgToken(jid: string, oneTimePassword: string): SaslMechanism {
  return mechanism('CISCO-VTG-TOKEN', `userid=${jid}\0token=${oneTimePassword}`)
}

/** The token of the WebEx sign-in, as the public XmppDotNet library sends it. */
export function webexToken(token: string): SaslMechanism {
  return mechanism('WEBEX-TOKEN', token)
}

export function plain(user: string, password: string): SaslMechanism {
  return mechanism('PLAIN', `\0${user}\0${password}`)
}

/** STARTTLS, SASL, bind and session on @xmpp's parts; fails with the LERR_JABBER_ codes of wire facts §8.4. */
export async function openXmppSession(options: XmppSessionOptions): Promise<XmppSession> {
  const { network, connection, domain, mechanism: chosen, resource, log } = options
  const service = `xmpp://${connection.remote.address}:${connection.remote.port}`
  const entity = new Client({ service, domain, timeout: answerLimitMs })
  entity.transports.push(transportOn(connection))
  const chain = middleware({ entity })
  const features = streamFeatures({ middleware: chain })
  const iq = iqCaller({ middleware: chain, entity })
  upgradeOnDemand(features, options)
  sasl({ streamFeatures: features, saslFactory: { _mechs: [chosen], create: () => chosen } }, (done) =>
    done({}, chosen.name),
  )
  resourceBinding({ streamFeatures: features, iqCaller: iq }, resource)
  let offersSession = false
  entity.prependListener('element', (element: Element) => {
    traceReceived(entity, element)
    if (element.attrs['type'] === 'error' && element.getChild('bind', bindNamespace) !== undefined) {
      log.received(element.toString())
      log.bindFailed()
    }
    offersSession ||= element.getChild('session', sessionNamespace) !== undefined
  })
  try {
    await online(entity, service, domain)
    if (offersSession) await iq.set(xml('session', { xmlns: sessionNamespace }), undefined, answerLimitMs)
  } catch (error) {
    connection.destroy()
    const failure = failureOf(error)
    log.disconnected(codes[failure.problem.token] ?? 0)
    throw failure
  }
  entity.on('error', () => {})
  entity.on('stanza', (stanza: Element) => options.onStanza(stanza))
  entity.on('disconnect', () => options.onClosed('the stream was closed'))
  return {
    jid: String(entity.jid),
    iq,
    send: (stanza) => entity.send(stanza),
    async close() {
      // A server that is gone never closes its stream, and the library would wait for it all the same.
      await new Promise<void>((resolve) => {
        const limit = network.clocks.monotonic.after(closeLimitMs, resolve)
        const done = () => {
          limit.cancel()
          resolve()
        }
        entity.once('disconnect', done)
        entity.stop().then(done, done)
      })
      connection.destroy()
    },
  }
}

const answerLimitMs = 5_000
const closeLimitMs = 500
const bindNamespace = 'urn:ietf:params:xml:ns:xmpp-bind'
const sessionNamespace = 'urn:ietf:params:xml:ns:xmpp-session'
const tlsNamespace = 'urn:ietf:params:xml:ns:xmpp-tls'

function mechanism(name: string, first: string): SaslMechanism {
  return { name, clientFirst: true, response: () => first, challenge: () => {} }
}

/** A transport class whose only socket is the connection given. */
function transportOn(connection: Connection): unknown {
  class Transport extends ConnectionTcp {
    override socketParameters() {
      return {}
    }
  }
  Object.assign(Transport.prototype, {
    NS: 'jabber:client',
    Socket: function Socket() {
      return new XmppSocket(connection)
    },
  })
  return Transport
}

function upgradeOnDemand(features: ReturnType<typeof streamFeatures>, options: XmppSessionOptions): void {
  const { network, serverName, nameCheck } = options
  features.use('starttls', tlsNamespace, async ({ entity }) => {
    const reply = await entity.sendReceive(xml('starttls', { xmlns: tlsNamespace }))
    if (!reply.is('proceed', tlsNamespace)) throw new Error(`STARTTLS was answered with <${reply.getName()}>`)
    const clear = (entity.socket as XmppSocket).release()
    entity._detachSocket()
    const secured = await network.startTlsAsClient(clear, { serverName, checkName: nameCheck })
    entity._attachSocket(new XmppSocket(secured))
    await entity.restart()
  })
}

/** Waits until the session is bound, or for the first error or close. */
async function online(entity: Client, service: string, domain: string): Promise<void> {
  const outcome = new Promise<void>((resolve, reject) => {
    entity.once('online', () => resolve())
    entity.once('error', reject)
    entity.once('disconnect', () => reject(new Error('the server closed the stream')))
  })
  // Rejections while connecting are awaited below.
  outcome.catch(() => {})
  await entity.connect(service)
  await entity.open({ domain })
  await outcome
}

function traceReceived(entity: Client, element: Element): void {
  const text = element.toString()
  const { connection } = (entity.socket as XmppSocket | null) ?? {}
  connection?.traceMessage('received', 'XMPP', summaryOf(text), text)
}

interface LibraryError extends Error {
  readonly condition?: string
}

const codes: Readonly<Record<string, number>> = {
  LERR_JABBER_CERT: 15,
  LERR_JABBER_UNREACHABLE: 16,
  LERR_JABBER_AUTH: 17,
}

function failureOf(error: unknown): StageFailed {
  const { name, condition, message } = error as LibraryError
  if (isCertificateProblem(error)) return stageFailed('LERR_JABBER_CERT', `<15> ${message}`)
  if (name === 'SASLError') return stageFailed('LERR_JABBER_AUTH', `<17> ${message}`, 401)
  const isBind = condition === 'conflict'
  const why = isBind ? `resource bind error: ${message}` : message
  return stageFailed('LERR_JABBER_UNREACHABLE', `${screenTexts.noConnection} (<16> ${why})`, isBind ? 409 : undefined)
}
