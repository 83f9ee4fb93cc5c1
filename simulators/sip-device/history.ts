import type { WallClock } from '#runtime/clock.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { callId, from, header, to } from '#simulators/protocol/sip/message.ts'

/** One request that reached the device. */
export interface SeenRequest {
  readonly at: string
  readonly method: string
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly event?: string
  /** m-lines of its session description, as they came. */
  readonly mediaLines: readonly string[]
}

/** The requests that reached a device, the newest last, up to a bound. */
export class RequestHistory {
  readonly #clock: WallClock
  readonly #seen: SeenRequest[] = []

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  take(request: SipRequest): void {
    const event = header(request, 'Event')
    if (this.#seen.length >= mostSeen) this.#seen.shift()
    this.#seen.push({
      at: this.#clock.now().toISOString(),
      method: request.method,
      uri: request.uri,
      from: from(request).uri,
      to: to(request).uri,
      callId: callId(request),
      ...(event === undefined ? {} : { event }),
      mediaLines: mediaLinesOf(request),
    })
  }

  of(method?: string): readonly SeenRequest[] {
    return method === undefined ? this.#seen : this.#seen.filter((request) => request.method === method)
  }
}

const mostSeen = 5_000

function mediaLinesOf(request: SipRequest): string[] {
  if (header(request, 'Content-Type')?.toLowerCase().startsWith('application/sdp') !== true) return []
  const lines = request.body.toString('utf8').split(/\r?\n/)
  return lines.filter((line) => line.startsWith('m='))
}
