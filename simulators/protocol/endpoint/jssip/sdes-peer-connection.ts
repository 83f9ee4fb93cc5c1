import type { AudioStream } from '../../media/audio-stream.ts'

interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

/** Shaped like RTCPeerConnection as far as JsSIP uses one, but with SDES keys; the stream comes in the configuration. */
export class SdesPeerConnection extends EventTarget {
  readonly iceGatheringState = 'complete'
  readonly iceConnectionState = 'connected'
  signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer' = 'stable'
  localDescription: Description | null = null
  remoteDescription: Description | null = null
  readonly #audio: AudioStream

  constructor({ audio }: { audio: AudioStream }) {
    super()
    this.#audio = audio
  }

  async createOffer(): Promise<Description> {
    return { type: 'offer', sdp: this.#audio.offer() }
  }

  async createAnswer(): Promise<Description> {
    return { type: 'answer', sdp: this.#audio.answer() }
  }

  async setLocalDescription(description: Description): Promise<void> {
    this.localDescription = description
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable'
  }

  async setRemoteDescription(description: Description): Promise<void> {
    if (description.type === 'offer') this.#audio.takeOffer(description.sdp)
    else this.#audio.takeAnswer(description.sdp)
    this.remoteDescription = description
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable'
  }

  addTrack(): void {}

  getSenders(): never[] {
    return []
  }

  getReceivers(): never[] {
    return []
  }

  close(): void {
    void this.#audio.close()
  }
}

/** A media stream without tracks: without one JsSIP would ask the browser for a microphone. */
export const noTracks = { getTracks: () => [], getAudioTracks: () => [], getVideoTracks: () => [] }

/**
 * JsSIP looks for a browser's globals. They are set for the whole process, which is why its endpoints live in
 * processes of their own.
 */
export function pretendBrowser(): void {
  Object.assign(globalThis, {
    window: globalThis,
    RTCPeerConnection: SdesPeerConnection,
    RTCSessionDescription: class {
      constructor(description: Description) {
        Object.assign(this, description)
      }
    },
  })
}
