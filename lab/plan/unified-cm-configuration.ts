import { createHmac } from 'node:crypto'
import type { Topology, TopologyUser } from '../topology/topology.ts'
import { businessOfUnifiedCm } from './business-configuration.ts'
import { hasFederation } from './federation.ts'
import type { PlanFacts } from './plan-facts.ts'
import { fqdnOf, namesOfRole, nodesOf, publisherOf, publishersOf, usersAt } from './plan-facts.ts'
import { jabberPages } from './web-host-configuration.ts'
import { hasCloud } from './webex-cloud.ts'

const models: Record<Topology['users'][number]['client'], string> = {
  jabber: 'Cisco Unified Client Services Framework',
  tc: 'Cisco TelePresence EX90',
  phone: 'Cisco 7962',
}

/** The row of the guide's table (Unified CM, step 2): for calls within the only region. */
const guideRegion = {
  of: 'Default',
  region: 'Default',
  audioCodecPreferenceList: 'Use System Default (Factory Default low loss)',
  maximumAudioBitRate: 'Wideband',
  maximumSessionBitRateForVideoCalls: 6000,
}

/** The guide's phone security profile (Unified CM, step 3); the values it does not tell are the product's usual ones. */
const secureProfile = {
  nonceValidityTime: 600,
  deviceSecurityMode: 'Encrypted',
  transportType: 'TLS',
  authenticationMode: 'By Null String',
  keySizeBits: 1024,
  sipPhonePort: 5061,
}

/** A node of Unified CM as the guide's healthy deployment has it: the data of its cluster. */
export function unifiedCm(name: string, facts: PlanFacts): unknown {
  const { topology, secrets, authority } = facts
  const publisher = publisherOf(topology, name)
  const users = usersAt(topology, publisher)
  const others = publishersOf(topology, 'cucm').filter((other) => other !== publisher)
  return {
    nodeName: name,
    fqdn: fqdnOf(name, topology),
    servers: nodesOf(topology, publisher).map((each) => ({ name: each, fqdn: fqdnOf(each, topology) })),
    regionRelationships: [guideRegion],
    phoneSecurityProfiles: [{ name: `jabber.secure.${topology.domain}`, ...secureProfile }],
    trustedCertificates: ['CallManager-trust', 'tomcat-trust'].map((certificatePurpose) => ({
      certificatePurpose,
      description: 'CA of this deployment',
      certificate: authority.certificate,
    })),
    serviceParameters: { sipStationTcpPortThrottleThreshold: 750 },
    remoteClusters: others.map((other) => ({ name: other, fqdn: fqdnOf(other, topology) })),
    // Guide, Unified CM: with several clusters the Intercluster Lookup Service is set up on all of them.
    ils: others.length > 0,
    users: users.map((user) => ({
      id: user.id,
      password: secrets.passwords[user.id],
      displayName: user.name,
      email: `${user.id}@${topology.domain}`,
      line: user.line,
      imAndPresence: user.client === 'jabber' && !hasCloud(topology),
      ...presenceNode('imAndPresenceNode', user, facts),
      devices: [user.device],
    })),
    applicationUsers: [
      { id: secrets.axl.username, password: secrets.axl.password, roles: ['Standard AXL API Access'] },
      {
        id: secrets.ccmAdministrator.username,
        password: secrets.ccmAdministrator.password,
        roles: ['Standard CCM Super Users'],
      },
    ],
    devices: users.map((user) => ({
      name: user.device,
      model: models[user.client],
      line: user.line,
      owner: user.id,
    })),
    lines: users.map((user) => ({ number: user.line, displayName: user.name })),
    jabber: jabberPages(facts),
    ...businessOfUnifiedCm(facts),
    serviceProfile: {
      imAndPresenceServers: namesOfRole(topology, 'imp')
        .filter((imp) => [undefined, publisher].includes(servedBy(topology, imp)))
        .map((imp) => fqdnOf(imp, topology)),
      voicemail: { address: fqdnOf(namesOfRole(topology, 'unity')[0]!, topology) },
    },
  }
}

/** IM and Presence beside it: the same users, the same AXL account. */
export function imAndPresence(name: string, facts: PlanFacts): unknown {
  const { topology, secrets } = facts
  const publisher = publisherOf(topology, name)
  const served = servedBy(topology, name)
  return {
    domain: topology.domain,
    users: (served === undefined ? topology.users : usersAt(topology, served))
      .filter((user) => user.client === 'jabber')
      .map((user) => ({
        userId: user.id,
        password: secrets.passwords[user.id],
        displayName: user.name,
        ...presenceNode('homeNode', user, facts),
      })),
    ...presenceNodes(publisher, topology),
    xcpSecret: xcpSecretOf(secrets.axl),
    ...(hasFederation(topology) ? { services: { xmppFederationConnectionManager: true } } : {}),
    axl: { user: secrets.axl.username, password: secrets.axl.password },
  }
}

/** What a node knows of the others: those of its cluster, and the other clusters of the domain (Inter-Clustering). */
function presenceNodes(publisher: string, topology: Topology) {
  const named = (each: string) => nodesOf(topology, each).map((node) => fqdnOf(node, topology))
  const others = publishersOf(topology, 'imp').filter((each) => each !== publisher)
  return { nodes: named(publisher), interclusterPeers: others.map(named) }
}

/** Users of a cluster of several nodes are spread over them, one after the other; elsewhere nothing has to be said. */
function presenceNode(field: string, user: TopologyUser, { topology }: PlanFacts): Readonly<Record<string, string>> {
  const home = user.home ?? publishersOf(topology, 'cucm')[0]!
  const publisher = publishersOf(topology, 'imp').find((imp) => [undefined, home].includes(servedBy(topology, imp)))
  const nodes = publisher === undefined ? [] : nodesOf(topology, publisher)
  const users = topology.users.filter(({ client }) => client === 'jabber')
  const index = users.indexOf(user)
  return nodes.length < 2 || index === -1 ? {} : { [field]: fqdnOf(nodes[index % nodes.length]!, topology) }
}

/** The Unified CM publisher whose users an IM and Presence node has; undefined: everybody's. */
function servedBy(topology: Topology, node: string): string | undefined {
  return topology.hosts[publisherOf(topology, node)]!.serves
}

/** Both ends of the XCP link know the AXL credentials (wire facts Q10: how the product agrees on a secret is not known). */
function xcpSecretOf({ username, password }: PlanFacts['secrets']['axl']): string {
  return createHmac('sha256', password).update(`XCP ${username}`).digest('hex')
}
