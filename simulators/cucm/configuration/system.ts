import * as v from 'valibot'
import { description, name, port, text } from './fields.ts'

/** System > Server, and System > Cisco Unified CM: each server runs one CallManager, `CM_<name>`. */
export const server = v.strictObject({
  /** Bare host name or IP address; an FQDN is not supported, but can be typed, and is what AXL then tells. */
  name: text,
  description,
  /** What DNS and its certificates call it; device files name it so. */
  fqdn: text,
  sipPhonePort: v.optional(port, 5060),
  sipPhoneSecurePort: v.optional(port, 5061),
})

/** System > Cisco Unified CM Group: the servers a device registers with, in this order. */
export const callManagerGroup = v.strictObject({
  name: text,
  /** Names under System > Server; none: every server in its order. */
  members: v.optional(v.array(text), []),
})

export const audioBitRates = {
  '8 kbps (G.729)': 8,
  '64 kbps (G.722, G.711)': 64,
  '256 kbps (L16, AAC-LD)': 256,
  Wideband: 256,
} as const

/**
 * System > Region Information > Region: what two regions, or devices within one, may use. Pairs that are not listed
 * have the product's own values.
 */
export const regionRelationship = v.strictObject({
  /** The region whose page this is on. */
  of: text,
  /** The column Region: the same for calls within it. */
  region: text,
  audioCodecPreferenceList: v.optional(
    v.picklist([
      'Use System Default (Factory Default low loss)',
      'Use System Default (Factory Default lossy)',
      'Factory Default low loss',
      'Factory Default lossy',
    ]),
    'Use System Default (Factory Default low loss)',
  ),
  maximumAudioBitRate: v.optional(
    v.picklist(Object.keys(audioBitRates) as (keyof typeof audioBitRates)[]),
    '64 kbps (G.722, G.711)',
  ),
  /** kbps; audio included. */
  maximumSessionBitRateForVideoCalls: v.optional(
    v.pipe(v.number('must be a number of kbps'), v.integer(), v.minValue(1), v.maxValue(2_147_483_647)),
    384,
  ),
})

/** System > Phone NTP Reference. */
export const phoneNtpReference = v.strictObject({
  /** Of the server; the product takes addresses only, we take names too. */
  ipAddress: text,
  description,
  mode: v.optional(v.picklist(['Directed Broadcast', 'Unicast', 'Multicast', 'Anycast']), 'Unicast'),
})

/** System > Date/Time Group. */
export const dateTimeGroup = v.strictObject({
  groupName: text,
  timeZone: v.optional(text, 'Etc/GMT'),
  /** Addresses under System > Phone NTP Reference. */
  selectedPhoneNtpReferences: v.optional(v.array(text), []),
})

/** System > Device Pool. */
export const devicePool = v.strictObject({
  devicePoolName: text,
  unifiedCmGroup: v.optional(text, 'Default'),
  /** CMLocal is the group every cluster has; it names no NTP server. */
  dateTimeGroup: v.optional(text, 'CMLocal'),
  region: v.optional(text, 'Default'),
})

/** System > Enterprise Parameters. */
export const enterpriseParameters = v.strictObject({
  /** 0 non-secure, 1 mixed mode. */
  clusterSecurityMode: v.optional(v.picklist([0, 1], 'must be 0 (non-secure) or 1 (mixed mode)'), 0),
  clusterId: v.optional(name, 'StandAloneCluster'),
})

/** Cisco Unified Serviceability, Tools > Service Activation. */
export const services = v.strictObject({
  callManager: v.optional(v.boolean(), true),
  /** Certificate Authority Proxy Function: as installed it is not activated. */
  capf: v.optional(v.boolean(), false),
  tftp: v.optional(v.boolean(), true),
  uds: v.optional(v.boolean(), true),
  axl: v.optional(v.boolean(), true),
})
