import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const isOn = v.optional(v.boolean(), true)

const user = v.strictObject({
  userId: text,
  password: text,
  displayName: v.optional(text),
  /** FQDN of his node in the cluster; the publisher otherwise. The other nodes are his backup. */
  homeNode: v.optional(text),
})

/** The services of the guide's troubleshooting pages, as far as clients or the Control notice them. */
const services = v.strictObject({
  xcpRouter: isOn,
  xcpConnectionManager: isOn,
  xcpAuthentication: isOn,
  clientProfileAgent: isOn,
  axlWebService: isOn,
  syncAgent: isOn,
  interclusterSyncAgent: isOn,
  /** Inter-domain federation: off until an administrator wants it. */
  xmppFederationConnectionManager: v.optional(v.boolean(), false),
})

const chatNodeAlias = v.strictObject({ alias: text, node: v.optional(text) })

const node = v.strictObject({
  /** As AXL tells it; its first numbers decide which AXL schemas are spoken. */
  release: v.optional(v.pipe(text, v.regex(/^\d+\.\d+\.\d+/, 'is not a release')), '9.1.1.31900-1'),
  /** Presence domain: the only one of the node. */
  domain: text,
  users: v.array(user),
  /** Handshake of the XCP links the Control opens. */
  xcpSecret: text,
  axl: v.strictObject({ user: text, password: text, mayUseAxl: isOn }),
  /** FQDNs of the nodes of the cluster, the publisher first, as `listProcessNode` names them; this node alone otherwise. */
  nodes: v.optional(v.array(text)),
  /** Other clusters of the domain (Inter-Clustering): the FQDNs of each one's nodes. */
  interclusterPeers: v.optional(v.array(v.array(text)), []),
  /** Group chat server aliases typed in; each node has an automatic one besides. */
  chatNodeAliases: v.optional(v.array(chatNodeAlias), []),
  /** The fault of release 9.1.1 (CSCul05131): no CA certificates, and AXL cannot read its certificates. */
  caCertificatesMissing: v.optional(v.boolean(), false),
  /** Kilobytes AXL answers with in a minute before it refuses with 503. The product's limit is 16 MB. */
  axlMemoryKilobytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 16_384),
  /** User ids marked present at another node: with the Intercluster Sync Agent off their bind conflicts. */
  usersAtOtherNodes: v.optional(v.array(text), []),
  services: v.optional(services, {}),
  ports: v.optional(
    v.strictObject({
      xmpp: v.optional(port, 5222),
      federation: v.optional(port, 5269),
      xcp: v.optional(port, 7400),
      web: v.optional(port, 8443),
    }),
    {},
  ),
})

const schema = v.pipe(
  node,
  v.forward(
    v.check(
      ({ release, caCertificatesMissing }) => !caCertificatesMissing || release.startsWith('9.1.1'),
      'only release 9.1.1 has this fault',
    ),
    ['caCertificatesMissing'],
  ),
)

export type ImAndPresenceConfiguration = v.InferOutput<typeof schema>
export type ChatNodeAliases = ImAndPresenceConfiguration['chatNodeAliases']
export type Services = ImAndPresenceConfiguration['services']
export type User = v.InferOutput<typeof user>

export function parseImAndPresenceConfiguration(document: unknown): ImAndPresenceConfiguration {
  return readConfiguration('IM and Presence', schema, document)
}

/** `9.1` of `9.1.1.31900-1`. */
export function releaseOf({ release }: ImAndPresenceConfiguration): string {
  return release.split('.').slice(0, 2).join('.')
}

/** What management `set` may change: a part of the services, the users, who is present elsewhere, chat node aliases. */
export const changes = v.strictObject({
  services: v.optional(v.partial(services)),
  users: v.optional(v.array(user)),
  usersAtOtherNodes: v.optional(v.array(text)),
  /** Those typed in, in place of the ones before. */
  chatNodeAliases: v.optional(v.array(chatNodeAlias)),
  /** False: the CA certificates were installed. */
  caCertificatesMissing: v.optional(v.boolean()),
})
export type Changes = v.InferOutput<typeof changes>
