import * as v from 'valibot'
import { seconds } from './fields.ts'

const count = v.pipe(v.number('must be a whole number'), v.integer())

/** System > Service Parameters, service Cisco CallManager (and those of AXL's memory at its end). */
export const serviceParameters = v.strictObject({
  sipStationKeepaliveSeconds: v.optional(seconds, 120),
  /** Bytes. The product's default is 5000. */
  sipMaxIncomingMessageBytes: v.optional(v.pipe(count, v.minValue(1000)), 11_000),
  sipSessionExpiresSeconds: v.optional(seconds, 1800),
  sipMinSeSeconds: v.optional(seconds, 1800),
  /** Unanswered calls end after this. */
  t301Seconds: v.optional(seconds, 180),
  /**
   * Kilobytes per second that one address may send to the SIP phone ports (guide: raise it to 750 KB/second). The
   * default is ours: no source states one.
   */
  sipStationTcpPortThrottleThreshold: v.optional(v.pipe(count, v.minValue(1)), 250),
  /** Kilobytes AXL answers with in a minute before it refuses with 503. The product's limit is 16 MB. */
  axlMemoryKilobytes: v.optional(v.pipe(count, v.minValue(1)), 16_384),
})
