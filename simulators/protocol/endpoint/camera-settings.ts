import * as v from 'valibot'

/** Settings of an endpoint that may have a camera: none by default. */
export const cameraSettings = {
  /** With a camera: kbps of a video call, audio included. */
  videoCallKbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** kbps of the pictures it sends; 0: video is negotiated, nothing is shown. */
  encoderKbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  /** Offers slides with their floor, and far-end camera control. */
  hasContent: v.optional(v.boolean(), false),
  /** RTP sequence number of the first packet of each stream; by chance otherwise. */
  firstSequence: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff))),
}
export type CameraSettings = v.InferOutput<v.ObjectSchema<typeof cameraSettings, undefined>>

/** The part of a user's settings that the media of its calls want. */
export function cameraOf({ videoCallKbps, encoderKbps, hasContent, firstSequence }: CameraSettings): CameraSettings {
  return { videoCallKbps, encoderKbps, hasContent, firstSequence }
}

/** Settings as a manager gives them; `user`, which every call to a client carries, is passed over. Throws for others. */
export function readCamera({ user: _, ...settings }: Readonly<Record<string, unknown>>): CameraSettings {
  return v.parse(v.strictObject(cameraSettings), settings)
}
