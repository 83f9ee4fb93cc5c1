import * as v from 'valibot'
import { name, number, text } from './fields.ts'
import { phoneSecurityProfile, sipTrunkSecurityProfile, trustedCertificate } from './security.ts'
import { serviceParameters } from './service-parameters.ts'
import { routePattern, sipRoutePattern, sipTrunk } from './trunks.ts'
import {
  callManagerGroup,
  dateTimeGroup,
  devicePool,
  enterpriseParameters,
  phoneNtpReference,
  regionRelationship,
  server,
  services,
} from './system.ts'

export const user = v.strictObject({
  /** No slash: such an id is unusable in the paths of UDS. */
  id: v.pipe(text, v.regex(/^[^/]+$/, 'a user id with "/" is unusable in UDS')),
  password: v.string(),
  displayName: text,
  firstName: v.optional(v.string()),
  lastName: v.optional(v.string()),
  email: v.optional(v.string()),
  /** Primary extension. */
  line: v.optional(number),
  /** The tick "Home Cluster" on the end user's page. */
  homeCluster: v.optional(v.boolean(), true),
  imAndPresence: v.optional(v.boolean(), true),
  /** FQDN of his IM and Presence node; the first one of the service profile otherwise. */
  imAndPresenceNode: v.optional(text),
  /** Controlled devices, by name. */
  devices: v.optional(v.array(text), []),
  /** Without `Standard CCM End Users` UDS answers 403. */
  roles: v.optional(v.array(text), ['Standard CCM End Users']),
})

export const applicationUser = v.strictObject({
  id: text,
  password: v.string(),
  roles: v.optional(v.array(text), []),
})

export const device = v.strictObject({
  /** CSF…, TCT…, BOT…, TAB…, SEP<MAC>; at most 15 characters. */
  name: v.pipe(text, v.regex(/^[A-Za-z0-9._-]{1,15}$/, 'is not a device name')),
  model: text,
  description: v.optional(v.string(), ''),
  line: number,
  /** Further lines of the device, button 2 and on. */
  furtherLines: v.optional(v.array(number), []),
  owner: v.optional(text),
  /** Name of its phone security profile; without one it has the non-secure profile of its model. */
  securityProfile: v.optional(text),
  devicePool: v.optional(text, 'Default'),
  /** Without one it reaches only what stands in no partition. */
  callingSearchSpace: v.optional(text),
  /** What CAPF is to do for the device; done, it is no longer pending. */
  certificateOperation: v.optional(v.picklist(['No Pending Operation', 'Install/Upgrade']), 'No Pending Operation'),
})

const line = v.strictObject({
  number,
  displayName: v.optional(name),
  /** In none it is reached from everywhere. */
  partition: v.optional(text),
  /** Lit by the unsolicited NOTIFY, where `sendMessageWaiting` is on. */
  messageWaiting: v.optional(v.boolean(), false),
})

/** The partitions whose lines a device may call. */
const callingSearchSpace = v.strictObject({ name: text, partitions: v.array(text) })

export const releases = ['9.1', '10.0', '10.5', '11.0', '11.5'] as const

/** The whole configuration of a node as it is written down. */
export const document = v.strictObject({
  nodeName: text,
  fqdn: text,
  /** Decides which AXL schemas are spoken. */
  release: v.optional(v.picklist(releases), '9.1'),
  /** As AXL and UDS report it; the release's usual one where it is left out. */
  version: v.optional(text),
  /** System > Server, of the whole cluster; this node alone where it is left out. */
  servers: v.optional(v.array(server), []),
  callManagerGroups: v.optional(v.array(callManagerGroup), [{ name: 'Default' }]),
  users: v.array(user),
  applicationUsers: v.optional(v.array(applicationUser), []),
  devices: v.optional(v.array(device), []),
  lines: v.optional(v.array(line), []),
  callingSearchSpaces: v.optional(v.array(callingSearchSpace), []),
  serviceProfile: v.optional(
    v.strictObject({
      name: v.optional(text, 'SPDefault'),
      imAndPresenceServers: v.optional(v.array(text), []),
      voicemail: v.optional(v.strictObject({ address: text, port: v.optional(v.number(), 443) })),
    }),
    {},
  ),
  jabber: v.optional(
    v.strictObject({
      voiceServicesDomain: v.optional(text),
      directoryServerType: v.optional(v.picklist(['UDS', 'EDI']), 'UDS'),
      photoUri: v.optional(text),
      updateUrl: v.optional(text),
      /** jabber-plugin-config: pages of the company beside contacts and calls. */
      customTabs: v.optional(v.array(v.strictObject({ tooltip: text, icon: text, url: text })), []),
      minimumCharacterQuery: v.optional(v.pipe(v.number(), v.integer()), 3),
    }),
    {},
  ),
  /** Further files of the TFTP service: content by name; they win over generated ones. */
  files: v.optional(v.record(text, v.string()), {}),
  remoteClusters: v.optional(v.array(v.strictObject({ name: text, fqdn: text })), []),
  /** Intercluster Lookup Service: whether clusterUser asks the remote clusters. */
  ils: v.optional(v.boolean(), false),
  enterpriseParameters: v.optional(enterpriseParameters, {}),
  regionRelationships: v.optional(v.array(regionRelationship), []),
  phoneNtpReferences: v.optional(v.array(phoneNtpReference), []),
  dateTimeGroups: v.optional(v.array(dateTimeGroup), [{ groupName: 'CMLocal' }]),
  devicePools: v.optional(v.array(devicePool), [{ devicePoolName: 'Default' }]),
  phoneSecurityProfiles: v.optional(v.array(phoneSecurityProfile), []),
  sipTrunkSecurityProfiles: v.optional(v.array(sipTrunkSecurityProfile), [
    { name: 'Non Secure SIP Trunk Profile', incomingPort: 5060 },
  ]),
  sipTrunks: v.optional(v.array(sipTrunk), []),
  routePatterns: v.optional(v.array(routePattern), []),
  sipRoutePatterns: v.optional(v.array(sipRoutePattern), []),
  trustedCertificates: v.optional(v.array(trustedCertificate), []),
  /** The CallManager certificate and its key, where it is not tomcat's. */
  callManagerIdentity: v.optional(v.strictObject({ key: v.string(), cert: v.string() })),
  services: v.optional(services, {}),
  serviceParameters: v.optional(serviceParameters, {}),
  /** Calls to devices carry the caller's offer; off: INVITE without SDP (delayed offer). */
  earlyOffer: v.optional(v.boolean(), true),
  /** Unsolicited NOTIFY message-summary behind each new registration. */
  sendMessageWaiting: v.optional(v.boolean(), false),
})

/** 9.1(2)SU1 and the later releases' usual builds. */
const versions: Readonly<Record<(typeof releases)[number], string>> = {
  '9.1': '9.1.2.11900-12',
  '10.0': '10.0.1.10000-24',
  '10.5': '10.5.2.10000-5',
  '11.0': '11.0.1.10000-10',
  '11.5': '11.5.1.10000-6',
}

/** The same with what follows from it filled in: the version of the release, the node itself as the only server. */
export const completeDocument = v.pipe(
  document,
  v.transform((configuration) => ({
    ...configuration,
    version: configuration.version ?? versions[configuration.release],
    servers:
      configuration.servers.length > 0
        ? configuration.servers
        : [v.parse(server, { name: configuration.nodeName, fqdn: configuration.fqdn })],
  })),
)

export type UnifiedCmConfiguration = v.InferOutput<typeof completeDocument>
