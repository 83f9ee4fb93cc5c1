import * as v from 'valibot'

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const request = v.strictObject({ ask: number, subject: v.pipe(v.string(), v.maxLength(100)), given: v.unknown() })
const answer = v.strictObject({ answer: number, value: v.unknown() })
const refusal = v.strictObject({ answer: number, refused: v.pipe(v.string(), v.maxLength(1_000)) })
const message = v.union([request, refusal, answer])

/** What one peer of a cluster says to another; `answer` is the number of what was asked. */
export type PeerMessage = v.InferOutput<typeof message>

/** A whole configuration is some hundred kB. */
export const largestMessage = 8 * 1_024 * 1_024

/** A message on the wire: its length in four bytes, most significant first, then JSON in UTF-8. The protocol is ours. */
export function encoded(said: PeerMessage): Buffer {
  const body = Buffer.from(JSON.stringify(said))
  if (body.length > largestMessage) throw new Error(`a message of ${body.length} bytes is too large for the cluster`)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

/** Cuts a stream into messages. */
export class PeerMessageReader {
  readonly #largest: () => number
  #chunks: Buffer[] = []
  #length = 0

  /** `largest`: bytes that a message may have, asked at its beginning. */
  constructor(largest: () => number = () => largestMessage) {
    this.#largest = largest
  }

  /** Messages that are complete with this chunk; throws where the other side speaks something else. */
  push(chunk: Buffer): PeerMessage[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const found: PeerMessage[] = []
    for (let next = this.#next(); next !== undefined; next = this.#next()) found.push(next)
    return found
  }

  #next(): PeerMessage | undefined {
    if (this.#length < 4) return undefined
    const size = this.#sizeOfNext()
    if (size > this.#largest()) throw new Error(`a message of ${size} bytes is too large`)
    if (this.#length < 4 + size) return undefined
    const all = Buffer.concat(this.#chunks, this.#length)
    this.#chunks = [all.subarray(4 + size)]
    this.#length -= 4 + size
    return v.parse(message, JSON.parse(all.toString('utf8', 4, 4 + size)))
  }

  #sizeOfNext(): number {
    if (this.#chunks[0]!.length < 4) this.#chunks = [Buffer.concat(this.#chunks, this.#length)]
    return this.#chunks[0]!.readUInt32BE(0)
  }
}
