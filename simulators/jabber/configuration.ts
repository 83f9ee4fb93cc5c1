import * as v from 'valibot'

/** One simulated Jabber: whose it is and how it behaves. */
export const jabberUser = v.strictObject({
  /** User id as Unified CM knows it. */
  id: v.string(),
  password: v.string(),
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
  /** Unified CM's model number; 503 is a Client Services Framework. */
  model: v.optional(v.string(), '503'),
  excludedServices: v.optional(v.array(v.picklist(['WEBEX', 'CUCM', 'CUP'])), []),
  /** Unity Connection; the service profile's voicemail server otherwise. */
  voicemailHost: v.optional(v.string()),
  saslMechanism: v.optional(v.picklist(['CISCO-VTG-TOKEN', 'PLAIN']), 'CISCO-VTG-TOKEN'),
  /** Resource of the XMPP session; `jabber_<n>` otherwise. */
  resource: v.optional(v.string()),
  userAgent: v.optional(v.string(), 'Jabber-Win-472'),
  /** Tone sent in calls unless a call says otherwise. */
  toneHz: v.optional(v.number(), 440),
  answer: v.optional(v.picklist(['auto', 'ring', 'busy', 'reject']), 'auto'),
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
