import type { WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Address } from '#simulators/protocol/sip/address.ts'
import { formatAddress } from '#simulators/protocol/sip/address.ts'
import { expiresOf } from '#simulators/protocol/sip/dialog.ts'
import { parameter, withParameter } from '#simulators/protocol/sip/grammar.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { callId, contacts, cseq, header, to } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { Cluster } from '../cluster.ts'
import type { DeviceConfiguration, PhoneSecurityProfile } from '../configuration.ts'
import type { Registration, Registrations } from './registrations.ts'
import { sourceOf } from './registrations.ts'
import { optionsIndication } from './remotecc.ts'

export interface RegistrarOptions {
  readonly cluster: Cluster
  readonly registrations: Registrations
  readonly clock: WallClock
  readonly log: Log
  /** Called behind the answer to a registration that is new. */
  readonly onNew: (registration: Registration) => void
}

/** What a REGISTER comes to, before anything is changed. */
type Decision =
  | { readonly kind: 'refuse'; readonly status: number; readonly warning: string }
  | { readonly kind: 'keepalive'; readonly contact: Address }
  | {
      readonly kind: 'unregister' | 'register'
      readonly device: DeviceConfiguration
      readonly line: string
      readonly contact: Address
    }

/** RFC 3261 §10.3 as Unified CM's SIP line side does it: one contact per device and line, always 120 s. */
export class Registrar {
  readonly #options: RegistrarOptions

  constructor(options: RegistrarOptions) {
    this.#options = options
  }

  receive(request: SipRequest, transaction: ServerTransaction): void {
    transaction.respond({ status: 100 })
    const decision = this.#decide(request, transaction.link)
    switch (decision.kind) {
      case 'refuse':
        return this.#refuse(request, transaction, decision)
      case 'keepalive':
        return this.#confirm(transaction, { contact: decision.contact, expires: 0 })
      case 'unregister':
        this.#options.registrations.unregister(decision.device.name, decision.line)
        return this.#confirm(transaction, { expires: 0 })
      case 'register':
        return this.#register(request, transaction, decision)
      default:
        decision satisfies never
    }
  }

  #decide(request: SipRequest, link: SipLink): Decision {
    const [contact] = contacts(request) ?? []
    if (contact === undefined) return refuse(400, 'Contact is missing or *')
    const expires = expiresOf(contact, header(request, 'Expires'), 3600)
    const isKeepalive = contact.parameters.some(([name]) => name.toLowerCase() === 'cisco-keep-alive')
    if (isKeepalive && expires === 0) return { kind: 'keepalive', contact }
    const uri = parseUri(to(request).uri)
    const line = uri === undefined ? undefined : uriUser(uri)
    const device = line === undefined ? undefined : this.#deviceOf(contact, line)
    if (device === undefined || line === undefined) return refuse(404, 'Unable to find device/user in database')
    if (!this.#options.cluster.linesOf(device).includes(line)) return refuse(403, 'Line not configured on device')
    const mismatch = securityMismatch(this.#options.cluster.secureProfileOf(device), { contact, link })
    if (mismatch !== undefined) {
      this.#options.log.warn('Failed to establish SSL connection', { device: device.name, why: mismatch })
      return refuse(403, mismatch)
    }
    const known = this.#options.registrations.find(device.name, line)
    if (known?.callId === callId(request) && cseq(request).number <= known.cseq) {
      return refuse(500, 'CSeq is not higher than before')
    }
    return { kind: expires === 0 ? 'unregister' : 'register', device, line, contact }
  }

  /** By the device name in Contact; a third-party phone without one by its line, if that is not shared. */
  #deviceOf(contact: Address, line: string): DeviceConfiguration | undefined {
    const name = parameter(contact.parameters, '+u.sip!devicename.ccm.cisco.com')
    if (name !== undefined) return this.#options.cluster.device(name)
    const candidates = this.#options.cluster.devicesOnLine(line)
    return candidates.length === 1 ? candidates[0] : undefined
  }

  #register(
    request: SipRequest,
    transaction: ServerTransaction,
    { device, line, contact }: { device: DeviceConfiguration; line: string; contact: Address },
  ): void {
    const seconds = this.#options.cluster.configuration.serviceParameters.sipStationKeepaliveSeconds
    const entry = {
      device: device.name,
      line,
      contact,
      callId: callId(request),
      cseq: cseq(request).number,
      link: transaction.link,
      userAgent: header(request, 'User-Agent') ?? '',
      activeLoad: activeLoadOf(header(request, 'Reason')),
    }
    const isNew = this.#options.registrations.enter(entry, seconds)
    const marked = { ...contact, parameters: withParameter(contact.parameters, 'x-cisco-newreg') }
    this.#confirm(transaction, { contact: isNew ? marked : contact, expires: seconds })
    if (isNew) this.#options.onNew(this.#options.registrations.find(device.name, line)!)
  }

  #confirm(transaction: ServerTransaction, { contact, expires }: { contact?: Address; expires: number }): void {
    const extra: HeaderLine[] = [
      ['Server', 'Cisco-CUCM9.1'],
      ['Date', this.#options.clock.now().toUTCString()],
      ['Expires', String(expires)],
      ...(contact === undefined ? [] : [['Contact', formatAddress(contact)] as const]),
      ['Supported', 'X-cisco-srtp-fallback,X-cisco-sis-9.1.0'],
    ]
    // A bodyless keepalive is answered without a body; the indication belongs to registering anew.
    const hasBody = transaction.request.body.length > 0 && expires > 0
    transaction.respond({
      status: 200,
      toTag: this.#tag(transaction),
      extra: hasBody ? [...extra, ['Content-Disposition', 'session;handling=required']] : extra,
      ...(hasBody ? { content: optionsIndication() } : {}),
    })
  }

  #refuse(
    request: SipRequest,
    transaction: ServerTransaction,
    { status, warning }: { status: number; warning: string },
  ): void {
    const { cluster, registrations, clock } = this.#options
    const [contact] = contacts(request) ?? []
    registrations.refused({
      device: contact === undefined ? '' : (parameter(contact.parameters, '+u.sip!devicename.ccm.cisco.com') ?? ''),
      line: to(request).uri,
      contact: contact?.uri ?? '',
      source: sourceOf(transaction.link),
      status,
      says: warning,
    })
    transaction.respond({
      status,
      toTag: this.#tag(transaction),
      extra: [
        ['Server', 'Cisco-CUCM9.1'],
        ['Date', clock.now().toUTCString()],
        ['Warning', `399 ${cluster.configuration.nodeName} "${warning}"`],
      ],
    })
  }

  /** The To tag of a registration's answers: the same for a device as long as its Call-ID. */
  #tag(transaction: ServerTransaction): string {
    return this.#options.cluster.pkid('registration', callId(transaction.request)).replaceAll('-', '')
  }
}

function refuse(status: number, warning: string): Decision {
  return { kind: 'refuse', status, warning }
}

/**
 * Why a device may not register over this connection (wire facts §6.4); undefined where it may. A secure device is
 * known by its phone security profile's Name among the names of the certificate, and is reached at the profile's
 * SIP Phone Port.
 */
function securityMismatch(
  profile: PhoneSecurityProfile | undefined,
  { contact, link }: { contact: Address; link: SipLink },
): string | undefined {
  if ((profile !== undefined) !== (link.transport === 'TLS')) return 'Device security mode and transport do not fit'
  if (profile === undefined) return undefined
  const names = alternativeNames(link.connection.tls?.peerCertificate?.subjectAltName)
  if (!names.includes(profile.name.toLowerCase())) {
    return `InvalidX509NameInCertificate, Rcvd=${names.join(' ')}, Expected=${profile.name}`
  }
  const port = parseUri(contact.uri)?.port ?? 5060
  return port === profile.sipPhonePort ? undefined : `SIP Phone Port is ${profile.sipPhonePort}, Contact has ${port}`
}

/** DNS names of a certificate that are fully qualified: another name is no identity here (guide: profile names). */
function alternativeNames(subjectAltName = ''): string[] {
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('DNS:') && name.includes('.'))
    .map((name) => name.slice('DNS:'.length).toLowerCase())
}

/** Software the device says it runs, in the alarm of its first REGISTER: `cisco-alarm:25 … ActiveLoad=Jabber_for_Windows-9.7.0 …`. */
function activeLoadOf(reason: string | undefined): string | undefined {
  return /\bcisco-alarm:\d+ [^"]*\bActiveLoad=([\w.() -]*?[\w.()-])(?= \w+=|"|$)/.exec(reason ?? '')?.[1]
}
