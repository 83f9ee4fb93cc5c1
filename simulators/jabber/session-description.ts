import type { BodyAndContentType, SessionDescriptionHandler, SessionDescriptionHandlerOptions } from 'sip.js'
import type { AudioStream } from '#simulators/protocol/media/audio-stream.ts'

/** Options of one offer: whether it puts the call on hold. */
export interface DescriptionOptions extends SessionDescriptionHandlerOptions {
  readonly hold?: boolean
}

/** SDES instead of WebRTC behind SIP.js: descriptions come from, and go to, an audio stream. */
export function sessionDescriptionHandler(opening: Promise<AudioStream>): SessionDescriptionHandler {
  let hasOffered = false
  return {
    hasDescription: (contentType) => contentType === 'application/sdp',
    async getDescription(options: DescriptionOptions = {}): Promise<BodyAndContentType> {
      const audio = await opening
      if (audio.hasOffer) return { contentType: 'application/sdp', body: audio.answer() }
      hasOffered = true
      // Without the option, as in an answer to an offerless re-INVITE, what was wanted before still is.
      if (options.hold !== undefined) audio.want(options.hold ? 'sendonly' : 'sendrecv')
      return { contentType: 'application/sdp', body: audio.offer() }
    },
    async setDescription(sdp) {
      const audio = await opening
      const isAnswer = hasOffered
      hasOffered = false
      if (isAnswer) audio.takeAnswer(sdp)
      else audio.takeOffer(sdp)
    },
    async rollbackDescription() {
      hasOffered = false
    },
    close() {
      void opening.then((audio) => audio.close())
    },
    sendDtmf: () => false,
  }
}
