import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

// Names end up in header values: a line end in one would break the message.
const name = v.pipe(v.string(), v.regex(/^[^\x00-\x1f\x7f]*$/, 'has control characters'))
const text = v.pipe(name, v.minLength(1))
const number = v.pipe(v.string(), v.regex(/^[+*#0-9]{1,24}$/, 'is not a directory number'))
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1))
const kbps = v.pipe(v.number(), v.integer(), v.minValue(1))

const user = v.strictObject({
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
  /** Controlled devices, by name. */
  devices: v.optional(v.array(text), []),
  /** Without `Standard CCM End Users` UDS answers 403. */
  roles: v.optional(v.array(text), ['Standard CCM End Users']),
})

const device = v.strictObject({
  /** CSF…, TCT…, BOT…, TAB…, SEP<MAC>; at most 15 characters. */
  name: v.pipe(text, v.regex(/^[A-Za-z0-9._-]{1,15}$/, 'is not a device name')),
  model: text,
  description: v.optional(v.string(), ''),
  line: number,
  /** Further lines of the device, button 2 and on. */
  furtherLines: v.optional(v.array(number), []),
  owner: v.optional(text),
  securityMode: v.optional(v.picklist(['non-secure', 'authenticated', 'encrypted']), 'non-secure'),
  /** Name of its phone security profile: a TLS certificate that registers it has to hold it as a SAN. */
  securityProfile: v.optional(text),
  region: v.optional(text, 'Default'),
})

const line = v.strictObject({
  number,
  displayName: v.optional(name),
  /** Lit by the unsolicited NOTIFY, where `sendMessageWaiting` is on. */
  messageWaiting: v.optional(v.boolean(), false),
})

const schema = v.pipe(
  v.strictObject({
    nodeName: text,
    fqdn: text,
    /** As AXL and UDS report it. 9.1(2)SU1. */
    version: v.optional(text, '9.1.2.11900-12'),
    /** Name of this node under System > Server: what AXL tells as processNode. */
    processNodeName: v.optional(text),
    /** What device files name as processNodeName, hence the host of the client's Request-URI. */
    deviceFileNodeName: v.optional(text),
    /** The cluster's other nodes. */
    furtherNodes: v.optional(v.array(v.strictObject({ name: text, fqdn: text })), []),
    users: v.array(user),
    applicationUsers: v.optional(v.array(v.strictObject({ id: text, password: v.string(), roles: v.array(text) })), []),
    devices: v.optional(v.array(device), []),
    lines: v.optional(v.array(line), []),
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
        minimumCharacterQuery: v.optional(v.pipe(v.number(), v.integer()), 3),
      }),
      {},
    ),
    /** Further files of the TFTP service: content by name; they win over generated ones. */
    files: v.optional(v.record(text, v.string()), {}),
    remoteClusters: v.optional(v.array(v.strictObject({ name: text, fqdn: text })), []),
    /** Intercluster Lookup Service: whether clusterUser asks the remote clusters. */
    ils: v.optional(v.boolean(), false),
    clusterSecurityMode: v.optional(v.picklist(['non-secure', 'mixed']), 'non-secure'),
    regions: v.optional(
      v.array(
        v.strictObject({
          name: text,
          audioKbps: v.optional(kbps, 64),
          /** Maximum bit rate of a video call, its audio included. */
          videoCallKbps: v.optional(kbps, 384),
        }),
      ),
      [{ name: 'Default' }],
    ),
    /** Control Center: what is activated and running. */
    services: v.optional(
      v.strictObject({
        callManager: v.optional(v.boolean(), true),
        tftp: v.optional(v.boolean(), true),
        uds: v.optional(v.boolean(), true),
        axl: v.optional(v.boolean(), true),
      }),
      {},
    ),
    serviceParameters: v.optional(
      v.strictObject({
        sipStationKeepaliveSeconds: v.optional(seconds, 120),
        /** The product's default is 5000. */
        sipMaxIncomingMessageBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1000)), 11_000),
        sipSessionExpiresSeconds: v.optional(seconds, 1800),
        sipMinSeSeconds: v.optional(seconds, 1800),
        /** Unanswered calls end after this. */
        t301Seconds: v.optional(seconds, 180),
      }),
      {},
    ),
    /** Calls to devices carry the caller's offer; off: INVITE without SDP (delayed offer). */
    earlyOffer: v.optional(v.boolean(), true),
    /** Unsolicited NOTIFY message-summary behind each new registration. */
    sendMessageWaiting: v.optional(v.boolean(), false),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { key, index, says } of contradictions(dataset.value)) {
      addIssue({
        message: says,
        path: [
          { type: 'object', origin: 'value', input: dataset.value, key, value: dataset.value[key] },
          { type: 'array', origin: 'value', input: dataset.value[key] as unknown[], key: index, value: undefined },
        ],
      })
    }
  }),
)

export type UnifiedCmConfiguration = v.InferOutput<typeof schema>
export type UserConfiguration = UnifiedCmConfiguration['users'][number]
export type DeviceConfiguration = UnifiedCmConfiguration['devices'][number]

/** Reads a configuration into a frozen value; throws `ConfigurationError` with every problem and its path. */
export function readUnifiedCmConfiguration(document: unknown): UnifiedCmConfiguration {
  return readConfiguration('Unified CM', schema, document)
}

interface Contradiction {
  readonly key: 'users' | 'devices' | 'regions' | 'lines'
  readonly index: number
  readonly says: string
}

/** What no single field shows: names used twice, references into nothing. */
function contradictions(configuration: UnifiedCmConfiguration): Contradiction[] {
  const { users, devices, regions, lines } = configuration
  const found: Contradiction[] = [
    ...repeated(
      'users',
      users.map((each) => each.id.toLowerCase()),
    ),
    ...repeated(
      'devices',
      devices.map((each) => each.name.toUpperCase()),
    ),
    ...repeated(
      'regions',
      regions.map((each) => each.name),
    ),
    ...repeated(
      'lines',
      lines.map((each) => each.number),
    ),
  ]
  const deviceNames = new Set(devices.map((each) => each.name.toUpperCase()))
  const userIds = new Set(users.map((each) => each.id.toLowerCase()))
  const regionNames = new Set(regions.map((each) => each.name))
  users.forEach((each, index) => {
    for (const name of each.devices.filter((name) => !deviceNames.has(name.toUpperCase()))) {
      found.push({ key: 'users', index, says: `controls device ${name}, which does not exist` })
    }
  })
  devices.forEach((each, index) => {
    if (!regionNames.has(each.region))
      found.push({ key: 'devices', index, says: `region ${each.region} does not exist` })
    if (each.owner !== undefined && !userIds.has(each.owner.toLowerCase())) {
      found.push({ key: 'devices', index, says: `owner ${each.owner} does not exist` })
    }
  })
  return found
}

function repeated(key: Contradiction['key'], names: readonly string[]): Contradiction[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ key, index, says: `${name} exists twice` }],
  )
}
