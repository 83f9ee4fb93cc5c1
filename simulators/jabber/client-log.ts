import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a field engineer finds in Jabber's `csf-unified.log`, as far as troubleshooting needs it: errors of the XMPP
 * stream in Jabber's own words. Nothing that holds credentials is written.
 */
export class ClientLog {
  readonly #path: string
  readonly #lines: string[] = []

  /** `folder`: where the client's logs are. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#path = join(folder, 'csf-unified.log')
    this.#append('')
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** `stanza` is an error the server sent. */
  received(stanza: string): void {
    this.#write(`XmppSDK.dll #0, 201, Recv:${stanza}`)
  }

  bindFailed(): void {
    this.#write('XmppSDK.dll #0, CXmppClient::onResourceBindError')
  }

  /** `reason`: 16 where the server cannot be talked to (wire facts §8.4). */
  disconnected(reason: number): void {
    this.#write(`XmppSDK.dll #0, 39, CTriClient::HandleDisconnect, reason:${reason}`)
  }

  #write(line: string): void {
    if (this.#lines.length >= mostLines) return
    this.#lines.push(line)
    this.#append(line + '\n')
  }

  #append(text: string): void {
    appendFileSync(this.#path, text, { mode: 0o600 })
  }
}

const mostLines = 1_000
