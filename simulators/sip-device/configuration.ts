import * as v from 'valibot'

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const transport = v.picklist(['TCP', 'TLS'])

/** A next hop as an installer types it in; the port is that of the transport where it is left out. */
const server = v.strictObject({ host: v.string(), transport: v.optional(transport, 'TCP'), port: v.optional(port) })
export type ServerSetting = v.InferOutput<typeof server>

/** Streams beside the audio that are negotiated only, in the order of the device's own offers. */
export const furtherStream = v.picklist(['video', 'slides', 'bfcp', 'fecc'])
export type FurtherStreamKind = v.InferOutput<typeof furtherStream>

const mediaEntries = {
  /** none: negotiated over bound ports, nothing is sent; cheap enough for hundreds of calls at once. */
  media: v.picklist(['tone', 'none']),
  /** on: SRTP with keys in the description; preferred offers SRTP, best effort RTP, and both answer whatever is offered. */
  encryption: v.picklist(['off', 'on', 'preferred', 'best effort']),
  furtherStreams: v.array(furtherStream),
  /** Video that is really sent, and with `hasContent` slides with their floor and camera control. */
  camera: v.nullable(
    v.strictObject({
      /** Of the whole call, audio included. */
      callKbps: v.number(),
      encoderKbps: v.optional(v.number(), 0),
      hasContent: v.optional(v.boolean(), false),
    }),
  ),
  /** The INVITE carries no offer; it comes in the 2xx. */
  lateOffer: v.boolean(),
}
/** How a device's calls are negotiated. */
export const mediaSettings = v.strictObject(mediaEntries)
export type MediaSettings = v.InferOutput<typeof mediaSettings>

/** What a device may be told between its calls. */
export const mediaChange = v.strictObject({
  media: v.exactOptional(mediaEntries.media),
  encryption: v.exactOptional(mediaEntries.encryption),
  furtherStreams: v.exactOptional(mediaEntries.furtherStreams),
  camera: v.exactOptional(mediaEntries.camera),
  lateOffer: v.exactOptional(mediaEntries.lateOffer),
})
export type MediaChange = v.InferOutput<typeof mediaChange>

/** One SIP device that is not Unified CM's: it registers, or listens for everybody, or is one end of a fixed leg. */
export const sipDeviceUser = v.strictObject({
  /** User name for digest, and the lab's name of it. */
  id: v.string(),
  displayName: v.optional(v.string(), ''),
  password: v.optional(v.string(), ''),
  /** Of addresses dialled without one. */
  domain: v.string(),
  /** Its address of record without scheme; `<id>@<domain>` where it is left out. */
  line: v.optional(v.string()),
  /** What it calls itself in User-Agent and Server. */
  device: v.optional(v.string(), 'SIP device'),
  /** Where it registers; without one it does not. */
  registrar: v.optional(server),
  /** Ports it listens on at its own address. */
  listen: v.optional(v.strictObject({ tcp: v.optional(port), tls: v.optional(port) }), {}),
  /** registrar: over its registration; peer: to `peer`, whatever is dialled; dns: to whom the dialled domain's records name. */
  callsBy: v.optional(v.picklist(['registrar', 'peer', 'dns']), 'registrar'),
  peer: v.optional(server),
  /** own: calls to its own user part alone, 404 to others; any: whatever number is called, as a gateway. */
  answersFor: v.optional(v.picklist(['own', 'any']), 'own'),
  media: v.optional(mediaEntries.media, 'tone'),
  encryption: v.optional(mediaEntries.encryption, 'off'),
  furtherStreams: v.optional(mediaEntries.furtherStreams, []),
  camera: v.optional(mediaEntries.camera, null),
  lateOffer: v.optional(mediaEntries.lateOffer, false),
  toneHz: v.optional(v.number(), 440),
  answer: v.optional(v.picklist(['auto', 'ring', 'busy', 'reject']), 'auto'),
  mediaPorts: v.optional(v.tuple([v.number(), v.number()]), [16_384, 32_766]),
  /** Seconds a registration, publication or subscription asks for. */
  expires: v.optional(v.number(), 3_600),
  sabotage: v.optional(v.strictObject({ srtpKeyBit: v.optional(v.boolean(), false) }), { srtpKeyBit: false }),
})
export type SipDeviceUser = v.InferOutput<typeof sipDeviceUser>
