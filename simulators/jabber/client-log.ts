import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a field engineer finds in Jabber's `csf-unified.log`, as far as troubleshooting needs it: errors of the XMPP
 * stream in Jabber's own words. Nothing that holds credentials is written.
 */
export class ClientLog {
  readonly #path: string
  readonly #lines: string[] = []

  /** `folder`: the client's own. */
  constructor(folder: string) {
    this.#path = join(folder, 'csf-unified.log')
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
    appendFileSync(this.#path, line + '\n', { mode: 0o600 })
  }
}

const mostLines = 1_000
