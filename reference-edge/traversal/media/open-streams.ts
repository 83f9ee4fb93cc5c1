import type { MediaRefusal } from './media-refusal.ts'
import { refuseMedia } from './media-refusal.ts'

/**
 * More than the port range has pairs for, where each stream takes two as on a VCS Control: 500 calls of a Large VM may
 * have eight streams each, and Lync B2BUA calls theirs beside them.
 */
export const mostStreamsOfVcs = 6_000

/** The streams a media service has open: so many at the most, all closed at its stop. */
export class OpenStreams<Stream extends { close(): Promise<void> }> {
  readonly #most: number
  readonly #open = new Set<Stream>()
  #opening = 0
  #stopping: Promise<void> | undefined

  constructor(most: number) {
    this.#most = most
  }

  get all(): ReadonlySet<Stream> {
    return this.#open
  }

  /** A stream that `open` gives counts until it is removed; one that comes after the stop is closed. */
  async add(open: () => Promise<Stream | MediaRefusal>): Promise<Stream | MediaRefusal> {
    if (this.#stopping !== undefined) return refuseMedia('stopped')
    if (this.#open.size + this.#opening >= this.#most) return refuseMedia('too many streams')
    this.#opening++
    try {
      const stream = await open()
      if ('refusal' in stream) return stream
      if (this.#stopping === undefined) {
        this.#open.add(stream)
        return stream
      }
      await stream.close()
      return refuseMedia('stopped')
    } finally {
      this.#opening--
    }
  }

  remove(stream: Stream): void {
    this.#open.delete(stream)
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((stream) => stream.close()))
  }
}
