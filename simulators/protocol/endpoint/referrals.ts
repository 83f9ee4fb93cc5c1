import type { Clocks } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Call } from './calls.ts'
import type { OwnDialog } from './own-dialog.ts'
import type { InDialogRequest, ServiceLine } from './telephone-line.ts'
import { dialledUri } from './telephone-line.ts'

/** How a REFER ended: the answer to it, and where that was 202 the status that its NOTIFY told in the end. */
export interface ReferralOutcome {
  readonly status: number
  readonly reason: string
  readonly outcome?: number
}

/** Blind transfer to a number, or attended to the party of another call (RFC 3515, RFC 3891, RFC 5589). */
export async function refer(
  line: ServiceLine,
  call: Call,
  referral: { readonly to: string } | { readonly replaces: Call },
  clocks: Clocks,
): Promise<ReferralOutcome> {
  const target = 'to' in referral ? `<${dialledUri(referral.to, line.node)}>` : replacing(referral.replaces)
  return send(line, call, { method: 'REFER', headers: [`Refer-To: ${target}`] }, clocks)
}

/** Cisco's remote call control: the soft key Conference, with both dialogs as this endpoint names them. */
export async function confer(
  line: ServiceLine,
  call: Call,
  consultation: Call,
  clocks: Clocks,
): Promise<ReferralOutcome> {
  // Whoever put the first party on hold to speak with the second wants to hear both now.
  call.audio?.want('sendrecv')
  const id = `${dialogOf(call).localTag}@${line.node}`
  const request = {
    method: 'REFER',
    headers: [`Refer-To: <cid:${id}>`, `Content-Id: <${id}>`],
    body: {
      type: 'application/x-cisco-remotecc-request+xml',
      text: conferenceKey(dialogOf(call), dialogOf(consultation)),
    },
  }
  return send(line, call, request, clocks)
}

async function send(line: ServiceLine, call: Call, request: InDialogRequest, clocks: Clocks): Promise<ReferralOutcome> {
  call.referral = undefined
  const { status, reason } = await line.request(call, request)
  if (status !== 202) return { status, reason }
  const isTold = () => (call.referral ?? 0) >= 200
  await waitFor(`what becomes of the REFER in ${call.id}`, () => isTold() || call.state === 'ended', {
    limitMs: 15_000,
    clock: clocks.monotonic,
  })
  return { status, reason, ...(isTold() ? { outcome: call.referral! } : {}) }
}

/** RFC 3891 §6.1: the to-tag is that of whom the Replaces is meant for. */
function replacing(call: Call): string {
  const { callId, localTag, remoteTag } = dialogOf(call)
  const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`)
  return `<${call.peer.split(/[;?]/)[0]}?Replaces=${replaces}>`
}

/** Wire form of the SIP line messaging guide. */
function conferenceKey(first: OwnDialog, consultation: OwnDialog): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>Conference</softkeyevent>',
    `<dialogid>${named(first)}</dialogid><linenumber>0</linenumber><participantnum>0</participantnum>`,
    `<consultdialogid>${named(consultation)}</consultdialogid><state>false</state>`,
    '<joindialogid><callid></callid><localtag></localtag><remotetag></remotetag></joindialogid>',
    '<eventdata><invocationtype>explicit</invocationtype></eventdata><userdata></userdata><softkeyid>0</softkeyid>',
    '<applicationid>0</applicationid></softkeyeventmsg></x-cisco-remotecc-request>',
    '',
  ].join('\n')
}

/** Of a call that was answered, also when it is over by now: the other side says then that it knows it no longer. */
function dialogOf({ id, dialog }: Call): OwnDialog {
  if (dialog === undefined) throw new Error(`${id} was not answered`)
  return dialog
}

function named({ callId, localTag, remoteTag }: OwnDialog): string {
  return `<callid>${callId}</callid><localtag>${localTag}</localtag><remotetag>${remoteTag}</remotetag>`
}
