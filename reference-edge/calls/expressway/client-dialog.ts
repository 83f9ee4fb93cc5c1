import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'

/** An answered call as the client outside sees its dialog: enough to say goodbye in its stead. */
export interface ClientDialog {
  /** From and To of the client's requests, tags included. */
  readonly from: string
  readonly to: string
  readonly target: string
  readonly routes: readonly string[]
}

/** RFC 3261 §12.1: what the first INVITE and its 2xx say; undefined where they make no dialog. */
export function clientDialog(
  request: SipRequest,
  response: SipResponse,
  caller: MediaSide,
  isOwnHost: (host: string) => boolean,
): ClientDialog | undefined {
  const isCaller = caller === 'client'
  const target = (isCaller ? response : request).addresses('contact')?.[0]?.uri
  const [from, to] = [request.first('from'), response.first('to')]
  if (target === undefined || from === undefined || to === undefined) return undefined
  const recorded = response.addresses('record-route') ?? []
  const routes = response.all('record-route').filter((_, index) => {
    const host = recorded[index]?.sipUri?.host
    return host === undefined || !isOwnHost(host)
  })
  // RFC 3261 §12.1.2: who called reads them from the end.
  return isCaller ? { from, to, target, routes: routes.toReversed() } : { from: to, to: from, target, routes }
}
