import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift'
import type { AudioPacket } from '#simulators/protocol/media/audio-engine.ts'

/**
 * The other side of a WebRTC library's audio, in the endpoint's own process: ICE lite and DTLS-SRTP (RFC 5764) on
 * 127.0.0.1, so that its packets can be sent on with other keys. G.711 µ-law is the only codec it agrees to.
 */
export class DtlsBridge {
  readonly #peer: RTCPeerConnection
  readonly #track = new MediaStreamTrack({ kind: 'audio' })

  constructor(onPacket: (packet: AudioPacket) => void) {
    this.#peer = new RTCPeerConnection({
      iceServers: [],
      iceLite: true,
      iceUseIpv6: false,
      iceUseTcp: false,
      iceInterfaceAddresses: { udp4: loopback },
      iceAdditionalHostAddresses: [loopback],
      codecs: { audio: [muLaw] },
    })
    this.#peer.addTransceiver(this.#track, { direction: 'sendrecv' })
    this.#peer.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        const { sequenceNumber, timestamp, marker } = header
        onPacket({ sequenceNumber, timestamp, marker, payload })
      }),
    )
  }

  /** The answer to the library's offer. */
  async answer(sdp: string): Promise<string> {
    await this.#peer.setRemoteDescription({ type: 'offer', sdp })
    await this.#peer.setLocalDescription(await this.#peer.createAnswer())
    return this.#peer.localDescription!.sdp
  }

  /** A packet for the library; until there are keys it is dropped. */
  send({ sequenceNumber, timestamp, marker, payload }: AudioPacket): void {
    const header = new RtpHeader({ version: 2, payloadType: 0, sequenceNumber, timestamp, marker, ssrc: 0 })
    this.#track.writeRtp(new RtpPacket(header, payload))
  }

  async close(): Promise<void> {
    await this.#peer.close()
  }
}

const loopback = '127.0.0.1'
const muLaw = new RTCRtpCodecParameters({ mimeType: 'audio/PCMU', clockRate: 8_000, channels: 1, payloadType: 0 })
