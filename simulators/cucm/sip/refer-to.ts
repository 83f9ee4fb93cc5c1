import { parseAddress } from '#simulators/protocol/sip/address.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'

/** A dialog by its Call-ID and the tags of its two sides. */
export interface DialogName {
  readonly callId: string
  /** Unified CM's tag. */
  readonly ours: string
  /** The device's. */
  readonly theirs: string
}

/** What a REFER inside a call asks for. */
export type Referral =
  | { readonly kind: 'blind transfer'; readonly number: string }
  | { readonly kind: 'attended transfer'; readonly consultation: DialogName }
  | { readonly kind: 'conference'; readonly consultation: DialogName }

/** Reads Refer-To (RFC 3515, RFC 3891) and, behind a `cid:`, Cisco's remote call control; undefined for all else. */
export function readReferral(request: SipRequest): Referral | undefined {
  const value = header(request, 'Refer-To')
  if (value === undefined) return undefined
  if (/^\s*<?cid:/i.test(value)) return readRemoteControl(request)
  const uri = uriIn(value)
  const number = uri === undefined ? undefined : uriUser(uri)
  if (number === undefined) return undefined
  const replaces = /(?:^|&)Replaces=([^&]*)/i.exec(uri!.headers ?? '')?.[1]
  if (replaces === undefined) return { kind: 'blind transfer', number }
  const consultation = readReplaces(replaces)
  return consultation && { kind: 'attended transfer', consultation }
}

function uriIn(value: string) {
  try {
    return parseUri(parseAddress(value, 'RFC 3515 §2.1').uri)
  } catch {
    return undefined
  }
}

/** RFC 3891 §6.1: the to-tag is that of whom the Replaces is for. */
function readReplaces(escaped: string): DialogName | undefined {
  try {
    const [callId = '', ...parameters] = decodeURIComponent(escaped).split(';')
    const valueOf = (name: string) =>
      parameters.find((parameter) => parameter.trim().toLowerCase().startsWith(`${name}=`))?.split('=', 2)[1]
    return complete({ callId: callId.trim(), ours: valueOf('to-tag'), theirs: valueOf('from-tag') })
  } catch {
    return undefined
  }
}

/** The soft key Conference of a Cisco device names the dialogs as the device does. */
function readRemoteControl(request: SipRequest): Referral | undefined {
  const type = header(request, 'Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-cisco-remotecc-request+xml') return undefined
  const body = request.body.toString('utf8')
  if (textOf(body, 'softkeyevent') !== 'Conference') return undefined
  const named = textOf(body, 'consultdialogid') ?? ''
  const [callId = '', ours, theirs] = [textOf(named, 'callid'), textOf(named, 'remotetag'), textOf(named, 'localtag')]
  const consultation = complete({ callId, ours, theirs })
  return consultation && { kind: 'conference', consultation }
}

function complete(name: { callId: string; ours: string | undefined; theirs: string | undefined }) {
  const { callId, ours, theirs } = name
  return callId === '' || ours === undefined || theirs === undefined ? undefined : { callId, ours, theirs }
}

function textOf(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(xml)?.[1]?.trim()
}
