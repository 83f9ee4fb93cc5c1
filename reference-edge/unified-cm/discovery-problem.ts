import type { AxlServer } from './axl.ts'
import { axlUrl } from './axl.ts'
import { AxlProblem } from './axl-failure.ts'
import type { DiscoveredNode } from './discovered-node.ts'
import { oldestReleases } from './release.ts'

/** Something an administrator has to mend, as the page of the servers shows it. */
export interface DiscoveryProblem {
  readonly message: string
  readonly url: string
  readonly reason: string
  readonly remedy: string
}

type Kind = DiscoveredNode['kind']

export const products = { 'unified-cm': 'Unified CM', 'im-and-presence': 'IM and Presence' } as const

/** Why a discovery failed as a whole. Rethrows what is no `AxlProblem`. */
export function discoveryFailed(kind: Kind, server: AxlServer, error: unknown): DiscoveryProblem {
  if (!(error instanceof AxlProblem)) throw error
  const { message: reason, url, remedy } = error
  const message =
    error.failure === 'notAxl'
      ? isNotA(kind, server)
      : error.failure === 'oldRelease'
        ? reason
        : unableToTalk(server, reason)
  return { message, url, reason, remedy }
}

/** The guide's words: Unable to configure IM&P servers for remote access. */
function isNotA(kind: Kind, { address }: AxlServer): string {
  return `Failed: ${address} is not a ${products[kind]} Server`
}

/** The server is there, but its list of nodes holds none of the kind. */
export function otherProduct(kind: Kind, server: AxlServer): AxlProblem {
  const reason = `its list of nodes has no ${products[kind]} server`
  return new AxlProblem('notAxl', axlUrl(server), reason)
}

/** CSCul05131 of the guide: the certificates of the server cannot be read. */
export function certificatesUnreadable(server: AxlServer, reason: string, cause?: unknown): AxlProblem {
  return new AxlProblem(
    'notAxl',
    axlUrl(server),
    `its certificates cannot be read (${reason}): CA certificates may be missing on the server, see bug CSCul05131`,
    cause,
  )
}

function unableToTalk({ address }: AxlServer, reason: string): string {
  return `Unable to communicate with ${address}. ${reason}`
}

/** One of the questions could not be answered; the rest of the discovery stands. */
export function notTold(server: AxlServer, what: string, error: AxlProblem): DiscoveryProblem {
  const { message: reason, url, remedy } = error
  return { message: `${what} of ${server.address} could not be read`, url, reason, remedy }
}

export function unresolved(server: AxlServer, name: string): DiscoveryProblem {
  return {
    message: `Unable to resolve ${name}, a node of ${server.address}`,
    url: axlUrl(server),
    reason: `${name} has no address in the DNS of this VCS`,
    remedy: 'Add the name to DNS, or name the node by its address in System > Server of Unified CM',
  }
}

export function unusableName(server: AxlServer, name: string): DiscoveryProblem {
  return {
    message: `${JSON.stringify(name.slice(0, 80))}, a node of ${server.address}, is no host name or IPv4 address`,
    url: axlUrl(server),
    reason: 'A node is connected to by the name that the cluster returns',
    remedy: 'Correct the name in System > Server of Unified CM',
  }
}

/** Guide, Unified CM configuration: a fully qualified name in System > Server is not supported. */
export function qualifiedName(server: AxlServer, name: string): DiscoveryProblem {
  return {
    message: `Unsupported configuration: ${name}, a node of ${server.address}, is a fully qualified name`,
    url: axlUrl(server),
    reason: 'Server names entered in Unified CM as fully qualified host names are not supported',
    remedy: 'Enter the host name or the IP address in System > Server of Unified CM, then refresh the servers',
  }
}

/** An old release that cannot even be asked. */
export function tooOld(kind: Kind, server: AxlServer, version: string, cause: AxlProblem): AxlProblem {
  const { message } = olderRelease(kind, server, version)
  return new AxlProblem('oldRelease', axlUrl(server), `${message} (${cause.message})`, cause)
}

/** Guide, Configuration recommendations and requirements. */
export function olderRelease(kind: Kind, server: AxlServer, version: string): DiscoveryProblem {
  const oldest = oldestReleases[kind].text
  return {
    message: `${server.address} runs ${products[kind]} ${version}; ${oldest} or later is required`,
    url: axlUrl(server),
    reason: `Mobile and remote access is not supported before ${products[kind]} ${oldest}`,
    remedy: `Upgrade to ${oldest} or later, then refresh the servers`,
  }
}

/** Guide, Unified CM: names of TLS phone security profiles have to be FQDNs, also in the certificate of this VCS. */
export function unqualifiedProfile(server: AxlServer, profile: string): DiscoveryProblem {
  return {
    message: `Phone security profile ${JSON.stringify(profile.slice(0, 80))} of ${server.address} is not named by an FQDN`,
    url: axlUrl(server),
    reason: 'Secure registrations of its devices fail: no name of that form can be in the certificate of this VCS',
    remedy:
      'Rename the profile to an FQDN in the domain of the enterprise, refresh the servers and have a new certificate made',
  }
}

/** Guide, Unified CM configuration: in TLS phone security profiles the SIP phone port has to be 5061. */
export function otherPort(server: AxlServer, profile: string, port: number): DiscoveryProblem {
  return {
    message: `Phone security profile ${JSON.stringify(profile.slice(0, 80))} of ${server.address} has SIP phone port ${port}`,
    url: axlUrl(server),
    reason: 'Devices of the profile cannot register: the SIP phone port of a TLS profile has to be 5061',
    remedy: 'Set the SIP phone port of the profile to 5061 and reset its devices',
  }
}
