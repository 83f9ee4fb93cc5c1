import { createHmac } from 'node:crypto'
import type { Topology } from '../topology/topology.ts'
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
export function imAndPresence(name: string, { topology, secrets }: PlanFacts): unknown {
  const served = servedBy(topology, name)
  return {
    domain: topology.domain,
    users: (served === undefined ? topology.users : usersAt(topology, served))
      .filter((user) => user.client === 'jabber')
      .map((user) => ({ userId: user.id, password: secrets.passwords[user.id], displayName: user.name })),
    xcpSecret: xcpSecretOf(secrets.axl),
    ...(hasFederation(topology) ? { services: { xmppFederationConnectionManager: true } } : {}),
    axl: { user: secrets.axl.username, password: secrets.axl.password },
  }
}

/** The Unified CM publisher whose users an IM and Presence node has; undefined: everybody's. */
function servedBy(topology: Topology, node: string): string | undefined {
  return topology.hosts[publisherOf(topology, node)]!.serves
}

/** Both ends of the XCP link know the AXL credentials (wire facts Q10: how the product agrees on a secret is not known). */
function xcpSecretOf({ username, password }: PlanFacts['secrets']['axl']): string {
  return createHmac('sha256', password).update(`XCP ${username}`).digest('hex')
}
