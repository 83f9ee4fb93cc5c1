import type { Address } from './address.ts'
import { parseAddress, tagOf, withTag } from './address.ts'
import type { Content } from './build.ts'
import { makeRequest } from './build.ts'
import { parameter } from './grammar.ts'
import type { SipMessage, SipRequest, SipResponse } from './message.ts'
import { addresses, callId, contacts, cseq, from, fromTag, to, toTag } from './message.ts'
import type { HeaderLine } from './strict-parser.ts'
import { isLooseRoute, parseUri } from './uri.ts'

interface DialogParts {
  readonly callId: string
  readonly local: Address
  readonly remote: Address
  readonly routes: readonly Address[]
  readonly remoteTarget: string
  readonly localSequence: number
  readonly remoteSequence: number | undefined
}

/** RFC 3261 §12: the state two user agents share about a call. */
export class Dialog {
  readonly callId: string
  readonly local: Address
  readonly remote: Address
  readonly routes: readonly Address[]
  #remoteTarget: string
  #localSequence: number
  #remoteSequence: number | undefined

  /** RFC 3261 §12.1.1: made by a response with our tag to an incoming request. */
  static asCallee(request: SipRequest, localTag: string): Dialog {
    return new Dialog({
      callId: callId(request),
      local: withTag(to(request), localTag),
      remote: from(request),
      routes: addresses(request, 'Record-Route'),
      remoteTarget: targetOf(request) ?? from(request).uri,
      localSequence: 100,
      remoteSequence: cseq(request).number,
    })
  }

  /** RFC 3261 §12.1.2: made by a tagged response to our request; the route set is the Record-Route reversed. */
  static asCaller(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: callId(request),
      local: from(request),
      remote: to(response),
      routes: addresses(response, 'Record-Route').reverse(),
      remoteTarget: targetOf(response) ?? request.uri,
      localSequence: cseq(request).number,
      remoteSequence: undefined,
    })
  }

  private constructor(parts: DialogParts) {
    this.callId = parts.callId
    this.local = parts.local
    this.remote = parts.remote
    this.routes = parts.routes
    this.#remoteTarget = parts.remoteTarget
    this.#localSequence = parts.localSequence
    this.#remoteSequence = parts.remoteSequence
  }

  get id(): string {
    return dialogId(this.callId, tagOf(this.local), tagOf(this.remote))
  }

  get remoteTarget(): string {
    return this.#remoteTarget
  }

  /** RFC 3261 §12.2.1.1: a request within the dialog, with the next sequence number; ACK takes that of its INVITE. */
  request(
    method: string,
    more: { extra?: readonly HeaderLine[]; content?: Content; sequence?: number } = {},
  ): SipRequest {
    const { extra, content } = more
    return makeRequest({
      method,
      ...this.#routed(),
      from: this.local,
      to: this.remote,
      callId: this.callId,
      cseq: more.sequence ?? ++this.#localSequence,
      ...(extra === undefined ? {} : { extra }),
      ...(content === undefined ? {} : { content }),
    })
  }

  /** RFC 3261 §12.2.2: false for a request older than one already seen (to be answered 500). */
  accepts(request: SipRequest): boolean {
    const { number } = cseq(request)
    if (this.#remoteSequence !== undefined && number <= this.#remoteSequence) return false
    this.#remoteSequence = number
    return true
  }

  /** A target refresh (re-INVITE, UPDATE and their 2xx) may move the remote target. */
  refreshTarget(message: SipMessage): void {
    this.#remoteTarget = targetOf(message) ?? this.#remoteTarget
  }

  #routed(): { uri: string; routes: readonly Address[] } {
    const [first, ...others] = this.routes
    const firstUri = first === undefined ? undefined : parseUri(first.uri)
    if (first === undefined || firstUri === undefined || isLooseRoute(firstUri)) {
      return { uri: this.#remoteTarget, routes: this.routes }
    }
    // RFC 3261 §12.2.1.1, strict router: it becomes the Request-URI and the target goes last.
    return { uri: first.uri, routes: [...others, { displayName: '', uri: this.#remoteTarget, parameters: [] }] }
  }
}

export function dialogId(callIdentifier: string, localTag: string | undefined, remoteTag: string | undefined): string {
  return `${callIdentifier} ${localTag ?? ''} ${remoteTag ?? ''}`
}

/** The dialog a request that reached us belongs to; undefined where it is outside any dialog (no To tag). */
export function dialogIdOf(request: SipRequest): string | undefined {
  const local = toTag(request)
  return local === undefined ? undefined : dialogId(callId(request), local, fromTag(request))
}

/** A new From or To for a request outside any dialog. */
export function party(uri: string, more: { displayName?: string; tag?: string } = {}): Address {
  return withTag({ displayName: more.displayName ?? '', uri, parameters: [] }, more.tag)
}

/** An address read from a configuration or header text; throws `Malformed`. */
export function addressOf(text: string): Address {
  return parseAddress(text, 'RFC 3261 §20.10')
}

/** Seconds a Contact asks for: its own expires parameter, else the header's value, else the default. */
export function expiresOf(contact: Address, headerValue: string | undefined, fallback: number): number {
  const own = parameter(contact.parameters, 'expires')
  const asked = own !== undefined && /^\d+$/.test(own) ? own : headerValue
  return asked === undefined ? fallback : Math.min(Number(asked), 2 ** 32 - 1)
}

function targetOf(message: SipMessage): string | undefined {
  return contacts(message)?.[0]?.uri
}
