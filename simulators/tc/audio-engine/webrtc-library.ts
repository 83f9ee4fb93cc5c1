/** What is used of @roamhq/wrtc, which has a browser's interface and these two ends of a track beside it. */
export interface WebrtcLibrary {
  readonly RTCPeerConnection: new (configuration: { iceServers: never[] }) => PeerConnection
  readonly nonstandard: {
    readonly RTCAudioSource: new () => AudioSource
    readonly RTCAudioSink: new (track: unknown) => AudioSink
  }
}

interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

export interface PeerConnection {
  ontrack: ((event: { track: unknown }) => void) | null
  addTransceiver(track: unknown, options: { direction: 'sendrecv' }): unknown
  createOffer(): Promise<Description>
  setLocalDescription(description: Description): Promise<void>
  setRemoteDescription(description: Description): Promise<void>
  close(): void
}

/** 10 ms of audio. */
export interface AudioData {
  readonly samples: Int16Array
  readonly sampleRate: number
  readonly bitsPerSample: number
  readonly channelCount: number
  readonly numberOfFrames: number
}

export interface AudioSource {
  createTrack(): { stop(): void }
  onData(data: AudioData): void
}

export interface AudioSink {
  ondata: ((data: AudioData) => void) | null
  stop(): void
}
