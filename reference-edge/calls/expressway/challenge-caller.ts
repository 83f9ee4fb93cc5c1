import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { answerHere, type EdgeContext, logSipEvent } from './edge-context.ts'

/** Authentication policy Check credentials: a peer of a zone has no account here, whatever it answers is the last word. */
export function challengeCaller(context: EdgeContext, transaction: ServerTransaction): void {
  const { flow, request } = transaction
  const header = context.gate.challenge(407, flow.remote.address, false)
  logSipEvent(context, 'Authentication Failed', { flow, message: request }, { Detail: 'No credentials' })
  answerHere(context, transaction, { status: 407, reason: 'Proxy Authentication Required', headers: [header] })
}
