import type { SaslMechanism } from '@xmpp/sasl'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { screenTexts } from '#simulators/protocol/endpoint/screen-texts.ts'
import { StageFailed, stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import type { ClientLog } from './client-log.ts'
import type { JabberUser } from './configuration.ts'
import type { SignedIn } from './signed-in.ts'
import { imServersOf } from './signed-in.ts'
import type { XmppSession } from './xmpp-session.ts'
import { openXmppSession, plain, vtgToken, webexToken } from './xmpp-session.ts'

export interface ImConnectionEvents {
  readonly onStanza: (stanza: Element) => void
  readonly onClosed: (why: string) => void
  readonly log: ClientLog
}

export interface ImConnection {
  readonly session: XmppSession
  readonly server: ServerAddress
}

/**
 * The XMPP stream: to the WebEx cloud for its customers, else to one of the edge's servers outside, to the user's IM and
 * Presence node, or its backup, inside. A server that cannot be reached or does not let anybody in is left for the next one; a refusal of this user is final.
 */
export async function connectIm(
  network: HostNetwork,
  user: JabberUser,
  found: SignedIn,
  events: ImConnectionEvents,
): Promise<ImConnection> {
  let first: unknown
  for (const server of xmppServers(found)) {
    try {
      return { session: await openAt(server, network, user, found, events), server }
    } catch (error) {
      if (!isUnreachable(error)) throw error
      found.edgeServers.xmpp.failed(server)
      first ??= error
    }
  }
  throw first ?? unreachable('no XMPP server is known')
}

async function openAt(
  server: ServerAddress,
  network: HostNetwork,
  user: JabberUser,
  found: SignedIn,
  events: ImConnectionEvents,
): Promise<XmppSession> {
  const domain = found.imLogin?.presenceDomain ?? user.domain
  const connection = await dial(network, server)
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
  if (found.edge !== undefined) return found.edgeServers.xmpp.order
  const inside = [found.imNode ?? [], found.imLogin?.xmppServers ?? [], imServersOf(found)].flat()
  return [...new Set(inside)].map((host) => ({ host, port: 5222 }))
}

async function dial(network: HostNetwork, { host, port }: ServerAddress): Promise<Connection> {
  try {
    const [address = host] = await network.resolver.addresses(host)
    return await network.dialTcp({ to: { address, port }, protocol: 'XMPP' })
  } catch (error) {
    throw unreachable((error as Error).message)
  }
}

function unreachable(why: string): StageFailed {
  return stageFailed('LERR_JABBER_UNREACHABLE', `${screenTexts.noConnection} (<16> ${why})`)
}

/** A bind conflict has the same token, and a status. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof StageFailed)) return false
  return error.problem.token === 'LERR_JABBER_UNREACHABLE' && error.problem.status === undefined
}
