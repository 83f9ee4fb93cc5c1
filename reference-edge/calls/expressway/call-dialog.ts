import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'

/** One end of an answered call, as requests reach it: enough to say goodbye there in the name of the other end. */
export interface DialogEnd {
  /** From and To of requests to it, tags included. */
  readonly from: string
  readonly to: string
  readonly target: string
  /** Whoever has recorded itself between the Expressway and that end. */
  readonly routes: readonly string[]
}

/** An end that gave no Contact cannot be told anything. */
export type CallDialog = Readonly<Record<MediaSide, DialogEnd | undefined>>

/** RFC 3261 §12.1: what the first INVITE and its 2xx say; undefined where they make no dialog. */
export function callDialog(
  request: SipRequest,
  response: SipResponse,
  caller: MediaSide,
  isOwnHost: (host: string) => boolean,
): CallDialog | undefined {
  const [calling, called] = [request.first('from'), response.first('to')]
  if (calling === undefined || called === undefined) return undefined
  const { callerSide, calleeSide } = routesOf(response, isOwnHost)
  const toCaller = endAt(request, { from: called, to: calling, routes: callerSide })
  // RFC 3261 §12.1.2: who called reads them from the end.
  const toCallee = endAt(response, { from: calling, to: called, routes: calleeSide.toReversed() })
  return caller === 'client' ? { client: toCaller, control: toCallee } : { client: toCallee, control: toCaller }
}

function endAt(message: SipRequest | SipResponse, dialog: Omit<DialogEnd, 'target'>): DialogEnd | undefined {
  const target = message.addresses('contact')?.[0]?.uri
  return target === undefined ? undefined : { ...dialog, target }
}

/** The last to record itself stands first: those nearer to the callee, this VCS, those nearer to the caller. */
function routesOf(response: SipResponse, isOwnHost: (host: string) => boolean) {
  const recorded = response.addresses('record-route') ?? []
  const isOwn = recorded.map(({ sipUri }) => sipUri !== undefined && isOwnHost(sipUri.host))
  const values = response.all('record-route')
  const [first, last] = [isOwn.indexOf(true), isOwn.lastIndexOf(true)]
  return { calleeSide: first === -1 ? values : values.slice(0, first), callerSide: values.slice(last + 1) }
}
