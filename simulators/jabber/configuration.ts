import * as v from 'valibot'
import { cameraSettings } from '#simulators/protocol/endpoint/camera-settings.ts'
import { platformNames } from './platforms.ts'

/** One simulated Jabber: whose it is and how it behaves. */
export const jabberUser = v.strictObject({
  /** User id as Unified CM knows it. */
  id: v.string(),
  password: v.string(),
  /** In the WebEx cloud, where that is another one. */
  webexPassword: v.optional(v.string()),
  /** Name shown to others; what UDS says otherwise. */
  displayName: v.optional(v.string()),
  /** Services domain: the text behind the `@` of what the user types. */
  domain: v.string(),
  /** Directory number to use of the device's lines; its first one otherwise. */
  line: v.optional(v.string()),
  /** VoiceServicesDomain: replaces the services domain for the SRV lookups and towards the edge. */
  voiceServicesDomain: v.optional(v.string()),
  /** CSF device; the user's first one by UDS otherwise. */
  device: v.optional(v.string()),
  /** The system it runs on: what it calls itself, where it keeps its files and whose trusted CAs it uses. */
  platform: v.optional(v.picklist(platformNames), 'Windows'),
  /** Release of Jabber, for example 9.7.0; the oldest supported one of its platform otherwise. */
  version: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)+$/, 'is not a version'))),
  /** Unified CM's model number; the platform's otherwise. */
  model: v.optional(v.string()),
  /**
   * Validates with DNSSEC: the certificate may be for the target of a validated SRV answer, and has to be for the
   * services domain otherwise.
   */
  dnssec: v.optional(v.boolean(), false),
  excludedServices: v.optional(v.array(v.picklist(['WEBEX', 'CUCM', 'CUP'])), []),
  /** Unity Connection; the service profile's voicemail server otherwise. */
  voicemailHost: v.optional(v.string()),
  saslMechanism: v.optional(v.picklist(['CISCO-VTG-TOKEN', 'PLAIN']), 'CISCO-VTG-TOKEN'),
  /** Resource of the XMPP session; `jabber_<n>` otherwise. */
  resource: v.optional(v.string()),
  /** HTTP User-Agent; the platform's otherwise. */
  userAgent: v.optional(v.string()),
  /** Tone sent in calls unless a call says otherwise. */
  toneHz: v.optional(v.number(), 440),
  answer: v.optional(v.picklist(['auto', 'ring', 'busy', 'reject']), 'auto'),
  ...cameraSettings,
  mediaPorts: v.optional(v.tuple([v.number(), v.number()]), [16_384, 32_766]),
  sabotage: v.optional(
    v.strictObject({
      srtpKeyBit: v.optional(v.boolean(), false),
      /** Plain RTP even outside. */
      clearMedia: v.optional(v.boolean(), false),
    }),
    {},
  ),
})
export type JabberUser = v.InferOutput<typeof jabberUser>
