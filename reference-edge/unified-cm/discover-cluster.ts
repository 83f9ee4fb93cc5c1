import type { HostNetwork } from '#runtime/network.ts'
import type { AxlServer } from './axl.ts'
import { Axl } from './axl.ts'
import { AxlProblem, isUnknownOperation } from './axl-failure.ts'
import type { LinePorts, ProcessNode } from './cluster-queries.ts'
import {
  askActiveServices,
  askCertificateCount,
  askChatNodeAliases,
  askIsMixed,
  askLinePorts,
  askProcessNodes,
  askTlsProfiles,
  askVersion,
} from './cluster-queries.ts'
import type { DiscoveredNode } from './discovered-node.ts'
import type { DiscoveryProblem } from './discovery-problem.ts'
import {
  certificatesUnreadable,
  notTold,
  olderRelease,
  otherPort,
  otherProduct,
  qualifiedName,
  tooOld,
  unqualifiedProfile,
  unresolved,
  unusableName,
} from './discovery-problem.ts'
import { isOlder, oldestReleases } from './release.ts'

/** A publisher to discover a cluster through. */
export interface DiscoveryServer extends AxlServer {
  readonly kind: DiscoveredNode['kind']
}

/** What one publisher told of its cluster. */
export interface Cluster {
  readonly version: string
  readonly nodes: readonly DiscoveredNode[]
  /** Cluster Security Mode 1 (Mixed). */
  readonly mixed: boolean
  /** Names of phone security profiles for encrypted TLS: for the certificate of this VCS. */
  readonly tlsProfiles: readonly string[]
  /** Of IM and Presence: for the certificates of both VCSs. */
  readonly chatNodeAliases: readonly string[]
  /** What has to be mended although the publisher answered. */
  readonly problems: readonly DiscoveryProblem[]
}

/** Asks one publisher for its cluster. Rejects with `AxlProblem` where there is nothing to be used. */
export async function discoverCluster(network: HostNetwork, server: DiscoveryServer): Promise<Cluster> {
  await using axl = new Axl(network, server)
  const version = await askVersion(axl)
  const isOld = isOlder(version, oldestReleases[server.kind].numbers)
  const problems = isOld ? [olderRelease(server.kind, server, version)] : []
  try {
    // Awaited here: the connection is closed behind it.
    return await askCluster({ network, axl, server, problems }, version)
  } catch (error) {
    if (!isOld || !(error instanceof AxlProblem) || error.failure !== 'fault') throw error
    throw tooOld(server.kind, server, version, error)
  }
}

async function askCluster(query: Query, version: string): Promise<Cluster> {
  const { axl, server, problems } = query
  const listed = await askProcessNodes(axl)
  const role = roles[server.kind]
  if (!listed.some((node) => node.role === role)) throw otherProduct(server.kind, server)
  const ours = listed.filter((node) => node.role === '' || node.role === role)
  const told = server.kind === 'unified-cm' ? await askUnifiedCm(query) : await askImAndPresence(query)
  const nodes = await locate(query, ours, (node) => ({ version, ...told.factsOf(node) }))
  return { version, nodes, problems, ...told.cluster }
}

const roles = { 'unified-cm': 'CUCM Voice/Video', 'im-and-presence': 'CUCM IM and Presence' } as const

interface Query {
  readonly network: HostNetwork
  readonly axl: Axl
  readonly server: DiscoveryServer
  readonly problems: DiscoveryProblem[]
}

interface Told {
  readonly cluster: Pick<Cluster, 'mixed' | 'tlsProfiles' | 'chatNodeAliases'>
  readonly factsOf: (node: ProcessNode) => Pick<DiscoveredNode, 'sipTcpPort' | 'sipTlsPort' | 'runsTftp'>
}

async function askUnifiedCm(query: Query): Promise<Told> {
  const { axl, server, problems } = query
  const services = await optional(query, 'Active services', () => askActiveServices(axl))
  const ports = (await optional(query, 'SIP phone ports', () => askLinePorts(axl))) ?? new Map<string, LinePorts>()
  const mixed = (await optional(query, 'Cluster security mode', () => askIsMixed(axl))) ?? false
  const profiles = (await optional(query, 'Phone security profiles', () => askTlsProfiles(axl))) ?? []
  for (const { name, port } of profiles) {
    if (!isQualified(name)) problems.push(unqualifiedProfile(server, name))
    if (port !== undefined && port !== securePort) problems.push(otherPort(server, name, port))
  }
  return {
    cluster: { mixed, tlsProfiles: profiles.map(({ name }) => name), chatNodeAliases: [] },
    factsOf: ({ name }) => {
      const runs = (service: string) => services?.get(name)?.has(service)
      const line = services === undefined || runs('Cisco CallManager') === true ? ports.get(name) : undefined
      return {
        ...(line === undefined ? {} : { sipTcpPort: line.tcp }),
        ...(line === undefined || !mixed ? {} : { sipTlsPort: line.tls }),
        ...(services === undefined ? {} : { runsTftp: runs('Cisco Tftp') === true }),
      }
    },
  }
}

/** Guide, Unified CM configuration: the SIP phone port of TLS profiles. */
const securePort = 5061

async function askImAndPresence(query: Query): Promise<Told> {
  const { axl } = query
  await checkCertificates(query)
  const chatNodeAliases = (await optional(query, 'Chat node aliases', () => askChatNodeAliases(axl))) ?? []
  return { cluster: { mixed: false, tlsProfiles: [], chatNodeAliases }, factsOf: () => ({}) }
}

/** An IM and Presence server that cannot tell its certificates is not taken for one (guide, bug CSCul05131). */
async function checkCertificates({ axl, server, problems }: Query): Promise<void> {
  try {
    await askCertificateCount(axl)
  } catch (error) {
    if (!(error instanceof AxlProblem) || error.failure !== 'fault') throw error
    if (!isUnknownOperation(error)) throw certificatesUnreadable(server, error.message, error)
    problems.push(notTold(server, 'Certificates', error))
  }
}

/** What a server refuses to tell becomes a problem of its own; that it went away in between ends the discovery. */
async function optional<T>({ server, problems }: Query, what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof AxlProblem) || error.failure !== 'fault') throw error
    problems.push(notTold(server, what, error))
    return undefined
  }
}

/** Nodes with an address in the DNS of this VCS, under the names that the cluster returned. */
async function locate(
  { network, server, problems }: Query,
  listed: readonly ProcessNode[],
  factsOf: (node: ProcessNode) => Partial<DiscoveredNode> & { version: string },
): Promise<DiscoveredNode[]> {
  const publisherAddress = await addressOf(network, server.address)
  const located = await Promise.all(
    listed.map(async (node): Promise<DiscoveredNode | undefined> => {
      const { name } = node
      const address = isHostName.test(name) ? await addressOf(network, name) : undefined
      if (address === undefined) {
        problems.push((isHostName.test(name) ? unresolved : unusableName)(server, name))
        return undefined
      }
      if (server.kind === 'unified-cm' && isQualified(name)) problems.push(qualifiedName(server, name))
      const isPublisher = address === publisherAddress
      return {
        kind: server.kind,
        name,
        fqdn: isPublisher ? server.address : network.resolver.qualified(name),
        address,
        role: isPublisher ? 'Publisher' : 'Subscriber',
        publisher: server.address,
        ...factsOf(node),
        tlsVerify: server.tlsVerify,
      }
    }),
  )
  return located.filter((node) => node !== undefined)
}

const isHostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/

/** A name with a domain; addresses are none. */
function isQualified(name: string): boolean {
  return name.includes('.') && isHostName.test(name) && !isAddress.test(name)
}

async function addressOf(network: HostNetwork, name: string): Promise<string | undefined> {
  const addresses = await network.resolver.addresses(name).catch(() => [])
  return addresses[0]
}
