import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { InstallationSize } from '../calls/installation-size.ts'
import { installationSizes } from '../calls/installation-size.ts'
import type { MediaPortPlanName } from '../traversal/media/media-ports.ts'
import { mediaPortPlans } from '../traversal/media/media-ports.ts'

const nonEmpty = v.pipe(v.string(), v.minLength(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const address = v.pipe(v.string(), v.ipv4())

const installation = v.strictObject({
  /** The login that a first start makes; the password is kept as its hash only (see `isPasswordOf`). */
  administrator: v.strictObject({ username: nonEmpty, passwordHash: nonEmpty }),
  /** Software; mobile and remote access came with X8.1.1. */
  release: v.optional(v.pipe(v.string(), v.regex(/^X\d+(\.\d+){0,2}$/, 'is no release such as X8.1.1')), 'X8.1.1'),
  /** LAN interfaces of a VCS Expressway with two; with one both are the host's first address. */
  lan: v.optional(v.strictObject({ external: address, internal: address })),
  /** What the hardware allows at one time; the numbers replace those of the size (see `capacityOf`). */
  capacity: v.optional(
    v.strictObject({
      size: v.optional(v.picklist(Object.keys(installationSizes) as InstallationSize[])),
      registrations: v.optional(count),
      /** Unified CM remote sessions and traversal calls together. */
      calls: v.optional(count),
      nonTraversalCalls: v.optional(count),
    }),
    {},
  ),
  /** Certificates that were loaded before this start, as from a backup; the factory's own otherwise. */
  certificates: v.optional(
    v.strictObject({
      /** Left out: the factory certificate stays. */
      identity: v.optional(v.strictObject({ key: nonEmpty, cert: nonEmpty })),
      trust: v.array(nonEmpty),
    }),
  ),
  /** Which media ports it has (guide: Unified Communications port reference, footnote). */
  mediaPorts: v.optional(v.picklist(Object.keys(mediaPortPlans) as MediaPortPlanName[]), 'new installation'),
  /** Status of the challenge to clients: where nobody knows the product's (wire facts Q1). */
  challenge: v.optional(v.picklist([401, 407]), 407),
})

/** What a VCS is before anybody has configured it. */
export type Installation = v.InferOutput<typeof installation>

/** A frozen installation, or a `ConfigurationError` with every problem. */
export function parseInstallation(document: unknown): Installation {
  return readConfiguration('VCS', installation, document)
}
