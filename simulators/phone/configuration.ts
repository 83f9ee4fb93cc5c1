import * as v from 'valibot'

/** One desk phone: it knows its own name and where its files are; the rest comes from Unified CM. */
export const phoneUser = v.strictObject({
  /** Name for the lab; the phone itself has no user. */
  id: v.string(),
  displayName: v.optional(v.string()),
  /** Only where the device's profile asks for digest credentials. */
  password: v.optional(v.string(), ''),
  domain: v.string(),
  /** SEP and the hardware address. */
  device: v.pipe(v.string(), v.regex(/^SEP[0-9A-F]{12}$/, 'is not a phone name')),
  /** Directory number to use of the device's lines; its first one otherwise. */
  line: v.optional(v.string()),
  /** TFTP server (DHCP option 150); the `_cisco-uds` record's target otherwise. */
  tftpServer: v.optional(v.string()),
  /** Unified CM's model number; 434 is a 7942-class phone. */
  model: v.optional(v.string(), '434'),
  toneHz: v.optional(v.number(), 440),
  answer: v.optional(v.picklist(['auto', 'ring', 'busy', 'reject']), 'auto'),
  mediaPorts: v.optional(v.tuple([v.number(), v.number()]), [16_384, 32_766]),
  sabotage: v.optional(v.strictObject({ srtpKeyBit: v.optional(v.boolean(), false) }), { srtpKeyBit: false }),
})
export type PhoneUser = v.InferOutput<typeof phoneUser>
