import type { SaslMechanism } from '@xmpp/sasl'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { screenTexts } from '#simulators/protocol/endpoint/screen-texts.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import type { ClientLog } from './client-log.ts'
import type { JabberUser } from './configuration.ts'
import type { SignedIn } from './signed-in.ts'
import { imServerOf } from './signed-in.ts'
import type { XmppSession } from './xmpp-session.ts'
import { openXmppSession, plain, vtgToken, webexToken } from './xmpp-session.ts'

export interface ImConnectionEvents {
  readonly onStanza: (stanza: Element) => void
  readonly onClosed: (why: string) => void
  readonly log: ClientLog
}

/** The XMPP stream: to the WebEx cloud for its customers, else to the edge's servers outside, to IM and Presence inside. */
export async function connectIm(
  network: HostNetwork,
  user: JabberUser,
  found: SignedIn,
  events: ImConnectionEvents,
): Promise<XmppSession> {
  const domain = found.imLogin?.presenceDomain ?? user.domain
  const { connection, server } = await dialFirst(network, xmppServers(found))
  return openXmppSession({
    network,
    connection,
    domain,
    serverName: server.host,
    nameCheck: oneOfNames([domain, server.host]),
    mechanism: mechanismOf(user, found, domain),
    resource: user.resource ?? `jabber_${network.random.integer(1000, 9999)}`,
    ...events,
  })
}

function mechanismOf(user: JabberUser, found: SignedIn, domain: string): SaslMechanism {
  if (found.cloudLogin !== undefined) return webexToken(found.cloudLogin.accessToken)
  if (user.saslMechanism === 'PLAIN') return plain(user.id, found.password)
  return vtgToken(imAddressOf(user, found, domain), found.imLogin?.oneTimePassword ?? '')
}

/** The presence domain that the login told counts: the address in the directory may be of the e-mail domain. */
function imAddressOf({ id }: JabberUser, { user, imLogin }: SignedIn, domain: string): string {
  const address = user?.imAddress
  const isTold = imLogin?.presenceDomain !== undefined || address?.includes('@') !== true
  return isTold ? `${id}@${domain}` : address
}

function xmppServers(found: SignedIn): readonly ServerAddress[] {
  if (found.cloudLogin !== undefined) return [found.cloudLogin.xmppServer]
  const inside = imServerOf(found)
  if (found.edge !== undefined) return found.edge.configuration.xmppEdgeServers
  return inside === undefined ? [] : [{ host: inside, port: 5222 }]
}

async function dialFirst(
  network: HostNetwork,
  servers: readonly ServerAddress[],
): Promise<{ connection: Connection; server: ServerAddress }> {
  let why = 'no XMPP server is known'
  for (const server of servers) {
    try {
      const [address = server.host] = await network.resolver.addresses(server.host)
      const connection = await network.dialTcp({ to: { address, port: server.port }, protocol: 'XMPP' })
      return { connection, server }
    } catch (error) {
      why = (error as Error).message
    }
  }
  throw stageFailed('LERR_JABBER_UNREACHABLE', `${screenTexts.noConnection} (<16> ${why})`)
}
