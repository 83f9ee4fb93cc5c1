import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'

const text = v.pipe(v.string(), v.minLength(1))

const message = v.strictObject({
  /** Behind `0:` in the message id; made where it is missing. */
  id: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/))),
  /** Display name and number of the caller. */
  from: v.strictObject({ name: text, number: v.pipe(v.string(), v.regex(/^\+?\d+$/)) }),
  subject: v.optional(text),
  isRead: v.optional(v.boolean(), false),
  durationMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(60_000)), 1_000),
  /** Age at the start of the host. */
  ageMinutes: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  /** The recording is a tone of this frequency. */
  toneHz: v.optional(v.pipe(v.number(), v.minValue(100), v.maxValue(3_400)), 440),
})
export type MessageConfiguration = v.InferOutput<typeof message>

const schema = v.strictObject({
  release: v.optional(text, '9.1.1.10000-32'),
  mailboxes: v.array(
    v.strictObject({
      alias: text,
      password: text,
      displayName: v.optional(text),
      extension: v.optional(text),
      messages: v.optional(v.pipe(v.array(message), v.maxLength(1_000)), []),
    }),
  ),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 443),
})
export type UnityConfiguration = v.InferOutput<typeof schema>

export function parseUnityConfiguration(document: unknown): UnityConfiguration {
  return readConfiguration('Unity Connection', schema, document)
}

/** Management `leave`: a caller leaves a message in the mailbox of `alias`. */
export const leaving = v.strictObject({ alias: text, message })
