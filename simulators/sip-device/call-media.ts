import type { HostNetwork } from '#runtime/network.ts'
import { AudioStream, offersSrtp, problemOfOffer } from '#simulators/protocol/media/audio-stream.ts'
import type { MediaSettings, SipDeviceUser } from './configuration.ts'
import { FurtherStreams } from './further-streams.ts'

export interface CallMediaOptions {
  readonly network: HostNetwork
  readonly user: Pick<SipDeviceUser, 'mediaPorts' | 'sabotage' | 'device'>
  readonly settings: MediaSettings
  readonly toneHz: number
  /** SRTP in this call. */
  readonly isSecure: boolean
}

/** Whether a call of these settings runs over SRTP; `offer` is the other side's, where it comes first. */
export function isSecureCall({ encryption }: MediaSettings, offer: string | undefined): boolean {
  if (encryption === 'on' || encryption === 'off') return encryption === 'on'
  return offer === undefined ? encryption === 'preferred' : offersSrtp(offer)
}

/** Why an offer is answered 488; undefined where it can be taken. */
export function problemOf(offer: string, settings: MediaSettings): string | undefined {
  return problemOfOffer(offer, isSecureCall(settings, offer))
}

/** The media of one call: its audio, and the streams beside it. */
export class CallMedia {
  readonly audio: AudioStream
  readonly #further: FurtherStreams
  #offered = ''

  static async open({ network, user, settings, toneHz, isSecure }: CallMediaOptions): Promise<CallMedia> {
    const { mediaPorts: ports, device, sabotage } = user
    const audio = await AudioStream.open({
      network,
      isSecure,
      toneHz,
      origin: device.replace(/\s+/g, '-'),
      sessionName: '-',
      ports,
      isSilent: settings.media === 'none',
      videoCallKbps: settings.camera?.callKbps,
      encoderKbps: settings.camera?.encoderKbps,
      hasContent: settings.camera?.hasContent,
      hasWrongKeyBit: sabotage.srtpKeyBit,
    })
    try {
      return new CallMedia(audio, await FurtherStreams.open(settings.furtherStreams, { network, ports, isSecure }))
    } catch (error) {
      await audio.close()
      throw error
    }
  }

  private constructor(audio: AudioStream, further: FurtherStreams) {
    this.audio = audio
    this.#further = further
  }

  offer(): string {
    return this.#further.inOffer(this.audio.offer())
  }

  /** Throws `NoCommonMedia`. */
  takeOffer(sdp: string): void {
    this.audio.takeOffer(sdp)
    this.#offered = sdp
  }

  answer(): string {
    return this.#further.inAnswer(this.audio.answer(), this.#offered)
  }

  /** Throws `NoCommonMedia`. */
  takeAnswer(sdp: string): void {
    this.audio.takeAnswer(sdp)
  }

  async close(): Promise<void> {
    await Promise.all([this.audio.close(), this.#further.close()])
  }
}
