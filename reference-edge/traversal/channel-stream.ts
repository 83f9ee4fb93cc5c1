import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'

/** An SSH channel as an ordinary stream: ssh2's own neither becomes `destroyed` nor closes until the peer agrees. */
export class ChannelStream extends Duplex {
  readonly #channel: Channel

  constructor(channel: Channel) {
    super()
    this.#channel = channel
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause()
    })
    channel.once('end', () => this.push(null))
    channel.once('error', (error: Error) => this.destroy(error))
    channel.once('close', () => this.destroy())
    this.on('error', () => {})
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.close()
    done(error)
  }
}
