import type { Random } from '#runtime/random.ts'
import type { AudioStream } from '../media/audio-stream.ts'
import type { Call, CallBook } from './calls.ts'
import type { SipHead } from './sip-head.ts'

/** Final response to a request as received; status 0 where none came. */
export interface SipOutcome {
  readonly status: number
  readonly reason: string
  /** Of a REGISTER: seconds granted. */
  readonly expires?: number
}

/**
 * How incoming calls are met. `early media` sends 183 with a description and speaks before it answers; `crossing` rings,
 * and answers at the moment a CANCEL comes in; `silent` takes no request at all, as a client that hangs.
 */
export interface AnswerRules {
  mode: 'auto' | 'ring' | 'busy' | 'reject' | 'early media' | 'crossing' | 'silent'
  /** Tone sent in answered calls. */
  toneHz: number
}

/** What a line needs to register and to call, whatever library is behind it. */
export interface LineOptions {
  /** Directory number. */
  readonly number: string
  readonly displayName: string
  /** Unified CM node: host of request-URIs and addresses of record. */
  readonly node: string
  readonly userId: string
  readonly password: string
  /** From sipRequest/route of the edge configuration; none inside. */
  readonly route: string | undefined
  readonly userAgent: string
  /** Port of the Contact where the client listens itself; otherwise that of its connection. */
  readonly contactPort?: number
  /** Contact parameters, for example `+u.sip!devicename.ccm.cisco.com="CSFALICE"`. */
  readonly contactParameters: readonly string[]
  /** User part of the Contact. */
  readonly contactUser: string
  /** Further header fields of each REGISTER. */
  readonly registerHeaders: readonly string[]
  /** Header fields and body of the first REGISTER alone. */
  readonly firstRegister:
    { readonly headers: readonly string[]; readonly contentType: string; readonly body: string } | undefined
  readonly openAudio: (toneHz: number) => Promise<AudioStream>
  readonly isSecure: boolean
  /** The device has a secure profile: its REGISTER asks for TLS all the way to Unified CM. */
  readonly asksForTls?: boolean
  readonly calls: CallBook
  readonly rules: AnswerRules
  /** The connection was lost. */
  readonly onLost: () => void
}

export interface InDialogRequest {
  readonly method: string
  readonly headers?: readonly string[]
  readonly body?: { readonly type: string; readonly text: string }
}

/** How a call is made besides its number. */
export interface CallWishes {
  /** Further header fields of the INVITE. */
  readonly headers?: readonly string[]
  /** The INVITE has no description; the other side offers in its 2xx. */
  readonly withoutOffer?: boolean
}

export interface TelephoneLine {
  readonly isOpen: boolean
  /** `expires` 0 unregisters. The first one carries the device's capabilities. */
  register(expires: number): Promise<SipOutcome>
  /** `to`: a number or `user@host` or a SIP URI. */
  call(to: string, toneHz: number, wishes?: CallWishes): Promise<Call>
  /** Answers a call that rings. */
  answer(call: Call): Promise<void>
  hangUp(call: Call): Promise<void>
  /** Re-INVITE with `sendonly`, or back to `sendrecv`; its final response. */
  setHold(call: Call, isHeld: boolean): Promise<SipOutcome>
  close(): Promise<void>
}

/** A line of a device of Unified CM, whose calls know supplementary services. */
export interface ServiceLine extends TelephoneLine {
  readonly random: Random
  /** Unified CM node, host of what is dialled. */
  readonly node: string
  /** A request of any kind inside an answered call; its final response with its body. */
  request(call: Call, request: InDialogRequest): Promise<SipOutcome & { readonly body: string }>
}

/** Throws for a line that knows no supplementary services. */
export function serviceLine(line: TelephoneLine): ServiceLine {
  if (!('request' in line)) throw new Error('this line knows no supplementary services')
  return line as ServiceLine
}

/** Puts what was seen on the wire into the book: statuses of INVITEs, reasons of their ends. */
export function noteInBook(book: CallBook, direction: 'sent' | 'received', head: SipHead): void {
  const call = book.bySipCallId(head.callId)
  if (call === undefined) return
  const isOurResponse = head.status !== undefined && direction === (call.direction === 'outgoing' ? 'received' : 'sent')
  // A cancelled call may be over before its 487 comes; responses to re-INVITEs say nothing about the call's beginning.
  if (isOurResponse && head.method === 'INVITE' && call.state !== 'connected' && (call.status ?? 0) < 200) {
    call.status = head.status
    call.reason = head.reason
    if (head.status! > 100 && head.status! < 200 && call.state === 'calling') call.state = 'ringing'
    if (head.status! >= 300)
      call.warning = [...head.values('Warning'), ...head.values('Reason')].join(' | ') || undefined
  }
  if (head.status === undefined && (head.method === 'BYE' || head.method === 'CANCEL')) {
    call.endedBy ??= `${head.method} ${direction}`
    call.warning ??= head.values('Reason').join(' | ') || undefined
  }
}

/** The final response to a REGISTER as received; undefined for every other message. */
export function registerOutcome(direction: 'sent' | 'received', head: SipHead): SipOutcome | undefined {
  if (direction !== 'received' || head.method !== 'REGISTER' || (head.status ?? 0) < 200) return undefined
  const expires = head.values('Expires')[0]
  return {
    status: head.status!,
    reason: head.reason ?? '',
    ...(expires === undefined ? {} : { expires: Number(expires) }),
  }
}

/** Request-URI of a REGISTER. */
export function registrarUri({ node, asksForTls }: Pick<LineOptions, 'node' | 'asksForTls'>): string {
  return asksForTls === true ? `sip:${node};transport=tls` : `sip:${node}`
}

/** A dialled text as SIP URI at the Unified CM node. */
export function dialledUri(to: string, node: string): string {
  if (/^sips?:/i.test(to)) return to
  return to.includes('@') ? `sip:${to}` : `sip:${to}@${node}`
}
