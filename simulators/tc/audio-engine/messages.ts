/** What the endpoint asks of the WebRTC process; `line` is one call. */
export type ToProcess =
  /** A peer connection that sends a tone and listens; answered by `offered`. */
  | { readonly type: 'open'; readonly line: number; readonly toneHz: number }
  | { readonly type: 'answer'; readonly line: number; readonly sdp: string }
  | { readonly type: 'tone'; readonly line: number; readonly toneHz: number }
  | { readonly type: 'close'; readonly line: number }

/** What the WebRTC process says. */
export type FromProcess =
  | { readonly type: 'ready' }
  /** The library cannot be loaded. */
  | { readonly type: 'failed'; readonly why: string }
  | { readonly type: 'offered'; readonly line: number; readonly sdp: string }
  /** Audio behind jitter buffer and decoder, 16-bit linear at 8 kHz; `at`: samples since the line was opened. */
  | { readonly type: 'heard'; readonly line: number; readonly at: number; readonly samples: Int16Array }
  | { readonly type: 'broken'; readonly line: number; readonly why: string }
