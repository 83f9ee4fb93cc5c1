import type { WallClock } from '#runtime/clock.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { XmppSession } from './xmpp-session.ts'

export interface ChatMessage {
  readonly direction: 'sent' | 'received'
  readonly peer: string
  readonly text: string
  readonly at: string
  /** Condition of an error that came back instead. */
  readonly error?: string
}

export interface KnownPresence {
  readonly jid: string
  readonly isAvailable: boolean
  readonly show?: string
  readonly status?: string
}

export interface RosterItem {
  readonly jid: string
  readonly name?: string
  readonly subscription: string
}

/** What Jabber keeps of its instant messaging: messages, roster and the presence of others. */
export class Messaging {
  readonly #clock: WallClock
  readonly #presences = new Map<string, KnownPresence>()
  readonly messages: ChatMessage[] = []
  #roster: RosterItem[] = []
  #session: XmppSession | undefined

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  get jid(): string | undefined {
    return this.#session?.jid
  }

  get roster(): readonly RosterItem[] {
    return this.#roster
  }

  /** By full JID. */
  get presences(): readonly KnownPresence[] {
    return [...this.#presences.values()]
  }

  /** Fetches the roster and says that we are there. */
  async start(session: XmppSession): Promise<void> {
    this.#session = session
    this.closedBecause = undefined
    await this.fetchRoster()
    await session.send(xml('presence'))
  }

  async fetchRoster(): Promise<readonly RosterItem[]> {
    const query = await this.#online().iq.get(xml('query', { xmlns: rosterNamespace }), undefined, answerLimitMs)
    this.#roster = query?.getChildren('item').map(rosterItem) ?? []
    return this.#roster
  }

  async addContact(jid: string, name?: string): Promise<void> {
    const session = this.#online()
    const item = xml('item', { jid, ...(name === undefined ? {} : { name }) })
    await session.iq.set(xml('query', { xmlns: rosterNamespace }, item), undefined, answerLimitMs)
    await session.send(xml('presence', { to: jid, type: 'subscribe' }))
  }

  async sendMessage(to: string, text: string): Promise<void> {
    await this.#online().send(xml('message', { to, type: 'chat' }, xml('body', {}, text)))
    this.#keep({ direction: 'sent', peer: to, text, at: this.#clock.now().toISOString() })
  }

  /** Offers a file to a full JID (XEP-0096): `accepted`, or the condition of the error that came back. */
  async offerFile(to: string, { name, bytes }: { name: string; bytes: number }): Promise<string> {
    const file = xml('file', { xmlns: `${fileTransfer}/profile/file-transfer`, name, size: String(bytes) })
    const offer = xml('si', { xmlns: fileTransfer, id: 'file', profile: `${fileTransfer}/profile/file-transfer` }, file)
    return this.#online()
      .iq.set(offer, to, answerLimitMs)
      .then(
        () => 'accepted',
        (error: Error & { condition?: string }) => {
          if (error.condition === undefined) throw error
          return error.condition
        },
      )
  }

  async setPresence(show: string | undefined, status: string | undefined): Promise<void> {
    const children = [
      ...(show === undefined ? [] : [xml('show', {}, show)]),
      ...(status === undefined ? [] : [xml('status', {}, status)]),
    ]
    await this.#online().send(xml('presence', {}, ...children))
  }

  take(stanza: Element): void {
    const from = stanza.attrs['from'] ?? ''
    if (stanza.getName() === 'message') this.#takeMessage(from, stanza)
    if (stanza.getName() === 'presence') this.#takePresence(from, stanza)
    const pushed = stanza.getChild('query', rosterNamespace)
    if (stanza.getName() !== 'iq') return
    if (stanza.attrs['type'] === 'set' && pushed !== undefined) this.#takePush(stanza, pushed)
    else if (stanza.attrs['type'] === 'set' || stanza.attrs['type'] === 'get') this.#refuse(stanza)
  }

  async stop(): Promise<void> {
    const session = this.#session
    this.ended()
    await session?.close()
  }

  /** Why the stream ended that was there; undefined while one is, or none was. */
  closedBecause: string | undefined

  /** The stream is gone. */
  ended(why?: string): void {
    this.closedBecause = why
    this.#session = undefined
    this.#presences.clear()
  }

  #online(): XmppSession {
    if (this.#session === undefined) throw new Error('instant messaging is not connected')
    return this.#session
  }

  #takeMessage(from: string, stanza: Element): void {
    const error = stanza.getChild('error')
    const text = stanza.getChildText('body') ?? ''
    if (text === '' && error === undefined) return
    const condition = error?.getChildElements()[0]?.getName()
    this.#keep({
      direction: 'received',
      peer: from,
      text,
      at: this.#clock.now().toISOString(),
      ...(condition === undefined ? {} : { error: condition }),
    })
  }

  #takePresence(from: string, stanza: Element): void {
    const type = stanza.attrs['type']
    // Within one presence domain nobody is asked (IM and Presence's automatic authorisation).
    if (type === 'subscribe') this.#reply(xml('presence', { to: from, type: 'subscribed' }))
    if (type !== undefined && type !== 'unavailable') return
    const [show, status] = [stanza.getChildText('show'), stanza.getChildText('status')]
    if (this.#presences.size >= mostKept) this.#presences.clear()
    this.#presences.set(from, {
      jid: from,
      isAvailable: type === undefined,
      ...(show === null ? {} : { show }),
      ...(status === null ? {} : { status }),
    })
  }

  /** RFC 6121 §2.1.6: a push is answered and merged. */
  #takePush(stanza: Element, query: Element): void {
    for (const item of query.getChildren('item').map(rosterItem)) {
      this.#roster = this.#roster.filter(({ jid }) => jid !== item.jid)
      if (item.subscription !== 'remove') this.#roster.push(item)
    }
    const id = stanza.attrs['id']
    this.#reply(xml('iq', { type: 'result', ...(id === undefined ? {} : { id }) }))
  }

  /** RFC 6120 §8.2.3: a request is answered; what is asked for, file transfer among it, is not there (RFC 6121 §8.5.1). */
  #refuse({ attrs: { id, from } }: Element): void {
    const condition = xml('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })
    const addressed = { ...(id === undefined ? {} : { id }), ...(from === undefined ? {} : { to: from }) }
    this.#reply(xml('iq', { type: 'error', ...addressed }, xml('error', { type: 'cancel' }, condition)))
  }

  /** A stream that closes meanwhile says so itself. */
  #reply(stanza: Element): void {
    this.#session?.send(stanza).catch(() => {})
  }

  #keep(message: ChatMessage): void {
    if (this.messages.length >= mostKept) this.messages.shift()
    this.messages.push(message)
  }
}

const mostKept = 1_000
const answerLimitMs = 5_000
const rosterNamespace = 'jabber:iq:roster'
const fileTransfer = 'http://jabber.org/protocol/si'

function rosterItem(item: Element): RosterItem {
  const { jid = '', name, subscription = 'none' } = item.attrs
  return { jid, subscription, ...(name === undefined ? {} : { name }) }
}
