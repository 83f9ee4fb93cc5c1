import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const nonEmpty = v.pipe(v.string(), v.minLength(1))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** The configuration of a VCS Expressway, page by page of the guide. Domains are learnt from the Control. */
const expresswayConfiguration = v.strictObject({
  system: v.optional(v.strictObject({ name: v.optional(v.string(), '') }), {}),
  administration: v.strictObject({ username: nonEmpty, passwordHash: nonEmpty }),
  unifiedCommunications: v.strictObject({ mode: v.picklist(['off', 'mobile-and-remote-access']) }),
  /** LAN interfaces of a dual-NIC deployment; with one interface both are the host's first address. */
  lan: v.optional(v.strictObject({ external: v.pipe(v.string(), v.ipv4()), internal: v.pipe(v.string(), v.ipv4()) })),
  traversalServer: v.strictObject({
    /** Index in the zone table: DefaultZone and CollaborationEdgeZone come before it. */
    id: v.optional(count, 3),
    name: v.optional(nonEmpty, 'TraversalZone'),
    port: v.optional(port, 7001),
    username: nonEmpty,
    password: nonEmpty,
    tlsVerify: v.optional(v.boolean(), true),
    tlsVerifySubjectName: nonEmpty,
    authenticationPolicy: v.optional(
      v.picklist(['do-not-check-credentials', 'check-credentials', 'treat-as-authenticated']),
      'do-not-check-credentials',
    ),
  }),
  sip: v.optional(v.strictObject({ challenge: v.optional(v.picklist([401, 407]), 407) }), {}),
  /** What the hardware and options allow: proxied registrations and remote sessions at one time. */
  capacity: v.optional(v.strictObject({ registrations: v.optional(count, 2_500), calls: v.optional(count, 150) }), {}),
})

export type ExpresswayConfiguration = v.InferOutput<typeof expresswayConfiguration>

/** A frozen configuration, or a `ConfigurationError` with every problem. */
export function parseExpresswayConfiguration(document: unknown): ExpresswayConfiguration {
  return readConfiguration('expressway', expresswayConfiguration, document)
}
