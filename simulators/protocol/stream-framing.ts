/**
 * Cuts a stream into SIP messages for the user agent libraries, which want exactly one message at a time
 * (RFC 3261 §18.3: Content-Length decides; RFC 5626 §3.5.1: CRLF between messages is keep-alive).
 */
export class StreamFraming {
  #rest: Buffer = Buffer.alloc(0)

  /** The messages complete by now. Throws `UnreadableStream` where the stream can no longer be cut. */
  push(bytes: Uint8Array): Buffer[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    const messages: Buffer[] = []
    for (;;) {
      this.#rest = this.#rest.subarray(lengthOfKeepAlive(this.#rest))
      const end = this.#messageLength()
      if (end === undefined || end > this.#rest.length) return messages
      messages.push(this.#rest.subarray(0, end))
      this.#rest = this.#rest.subarray(end)
    }
  }

  #messageLength(): number | undefined {
    const headLength = this.#rest.indexOf('\r\n\r\n')
    if (headLength === -1) {
      if (this.#rest.length > longestHead) throw new UnreadableStream(`no end of the head in ${longestHead} bytes`)
      return undefined
    }
    const bodyLength = contentLength(this.#rest.toString('latin1', 0, headLength))
    if (bodyLength > longestBody) throw new UnreadableStream(`Content-Length ${bodyLength} exceeds ${longestBody}`)
    return headLength + 4 + bodyLength
  }
}

export class UnreadableStream extends Error {
  readonly code = 'MRA_UNREADABLE_STREAM'
}

const longestHead = 32_768
const longestBody = 262_144

function lengthOfKeepAlive(bytes: Buffer): number {
  let length = 0
  while (bytes[length] === 0x0d || bytes[length] === 0x0a) length++
  return length
}

/** A message without the header has no body: some refusals of JsSIP go without it, although TCP demands it. */
function contentLength(head: string): number {
  const field = head.split('\r\n').find((line) => /^(?:content-length|l)[ \t]*:/i.test(line))
  if (field === undefined) return 0
  const value = field.slice(field.indexOf(':') + 1).trim()
  if (!/^\d{1,9}$/.test(value)) throw new UnreadableStream(`Content-Length is ${JSON.stringify(value)}`)
  return Number(value)
}
