import { createHash, X509Certificate } from 'node:crypto'
import type { WallClock } from '#runtime/clock.ts'
import type { AxlRefusal } from '#simulators/protocol/axl/answers.ts'
import type { AxlOperation } from '#simulators/protocol/axl/service.ts'
import { AxlService } from '#simulators/protocol/axl/service.ts'
import type { Database } from '#simulators/protocol/axl/sql.ts'
import { isLike } from '#simulators/protocol/axl/sql.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml } from '#simulators/protocol/xml/template.ts'
import type { ChatNodeAliases, ImAndPresenceConfiguration, Services } from './configuration.ts'
import { releaseOf } from './configuration.ts'

export interface AxlFacts {
  readonly configuration: ImAndPresenceConfiguration
  readonly nodes: readonly string[]
  readonly services: () => Services
  /** Typed in at Messaging > Group Chat Server Alias Mapping. */
  readonly chatNodeAliases: () => ChatNodeAliases
  /** PEM of tomcat's own certificate and of tomcat-trust. */
  readonly certificates: { readonly tomcat: string; readonly trust: readonly string[] }
  /** The fault of 9.1.1 (CSCul05131): the CA certificates are missing. */
  readonly areCaCertificatesMissing: () => boolean
  readonly wall: WallClock
}

/** AXL of an IM and Presence node: the same service as Unified CM's, with its own nodes and tables (wire facts §4). */
export function axlOf(facts: AxlFacts): AxlService {
  const { configuration, wall } = facts
  const { user, password, mayUseAxl } = configuration.axl
  return new AxlService({
    wall,
    realm: 'Cisco Web Services Realm',
    release: () => releaseOf(configuration),
    isActive: () => facts.services().axlWebService,
    memoryBytes: () => configuration.axlMemoryKilobytes * 1_000,
    authenticate: (given) => (given.user === user && given.password === password ? { mayUseAxl } : undefined),
    operations: operationsOf(facts),
    database: (sql) => databaseOf(facts, sql),
  })
}

function operationsOf({ configuration, nodes, services }: AxlFacts): Readonly<Record<string, AxlOperation>> {
  return {
    getCCMVersion: () => xml`<componentVersion><version>${configuration.release}</version></componentVersion>`,
    listProcessNode: ({ fields }) =>
      xml`${[{ name: 'EnterpriseWideData', role: undefined }, ...nodes.map((name) => ({ name, role }))]
        .filter(({ name }) => isLike(name.toLowerCase(), (fields['name'] || '%').toLowerCase()))
        .map(
          ({ name, role }) =>
            xml`<processNode uuid="{${idOf('node', name)}}"><name>${name}</name>${role}</processNode>`,
        )}`,
    listProcessNodeService: ({ fields }) =>
      xml`${nodes
        .filter((name) => isLike(name.toLowerCase(), (fields['processNodeName'] || '%').toLowerCase()))
        .flatMap((name) => servicesOf(name, services()))}`,
  }
}

const role = xml`<processNodeRole>CUCM IM and Presence</processNodeRole>`

/** As Cisco Unified Serviceability names them. */
const serviceNames: Readonly<Record<keyof Services, string>> = {
  xcpRouter: 'Cisco XCP Router',
  xcpConnectionManager: 'Cisco XCP Connection Manager',
  xcpAuthentication: 'Cisco XCP Authentication Service',
  clientProfileAgent: 'Cisco Client Profile Agent',
  axlWebService: 'Cisco AXL Web Service',
  syncAgent: 'Cisco Sync Agent',
  interclusterSyncAgent: 'Cisco Intercluster Sync Agent',
  xmppFederationConnectionManager: 'Cisco XCP XMPP Federation Connection Manager',
}

function servicesOf(node: string, services: Services): Xml[] {
  return Object.entries(serviceNames).map(([key, name]) => {
    const isActive = services[key as keyof Services]
    return xml`<processNodeService uuid="{${idOf('service', `${node}/${name}`)}}"><processNodeName>${node}</processNodeName><service>${name}</service><enable>${isActive}</enable><isActive>${isActive}</isActive></processNodeService>`
  })
}

function databaseOf(facts: AxlFacts, sql: string): Database | AxlRefusal {
  const { nodes, certificates } = facts
  if (facts.areCaCertificatesMissing() && /\bfrom\s+certificate\b/i.test(sql)) {
    return { axlCode: -1, says: 'The certificates could not be read: no CA certificate is installed' }
  }
  const ofService = (certificateservice: string) => (certificate: string) => ({
    pkid: idOf(certificateservice, certificate),
    certificateservice,
    ...namesOf(certificate),
    certificate,
  })
  return {
    processnode: {
      columns: ['pkid', 'name'],
      rows: nodes.map((name) => ({ pkid: idOf('node', name), name })),
    },
    tcaliases: {
      columns: ['pkid', 'tcalias', 'isprimary', 'fkprocessnode', 'peerclusterid'],
      rows: aliasesOf(facts).map(({ alias, node, isPrimary }) => ({
        pkid: idOf('alias', alias),
        tcalias: alias,
        isprimary: isPrimary,
        fkprocessnode: idOf('node', node),
        peerclusterid: '',
      })),
    },
    certificate: {
      columns: ['pkid', 'certificateservice', 'subjectname', 'issuername', 'serialnumber', 'certificate'],
      rows: [ofService('tomcat')(certificates.tomcat), ...certificates.trust.map(ofService('tomcat-trust'))],
    },
  }
}

interface ChatNodeAlias {
  readonly alias: string
  readonly node: string
  readonly isPrimary: boolean
}

/** Messaging > Group Chat Server Alias Mapping: each node has an automatic alias; those typed in come first. */
function aliasesOf({ configuration, nodes, chatNodeAliases }: AxlFacts): ChatNodeAlias[] {
  return nodes.flatMap((node, index) => {
    const typed = chatNodeAliases().filter((each) => (each.node ?? nodes[0]) === node)
    const automatic = `conference-${index + 2}-StandAloneCluster${idOf('cluster', nodes[0]!).slice(0, 5)}.${configuration.domain}`
    return [...typed.map(({ alias }) => alias), automatic].map((alias, order) => ({
      alias,
      node,
      isPrimary: order === 0,
    }))
  })
}

function namesOf(pem: string): { subjectname: string; issuername: string; serialnumber: string } {
  const { subject, issuer, serialNumber } = new X509Certificate(pem)
  return { subjectname: subject, issuername: issuer, serialnumber: serialNumber }
}

/** The database key of a record: the same at every start. */
function idOf(kind: string, name: string): string {
  const hash = createHash('sha256').update(`${kind}/${name}`).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
