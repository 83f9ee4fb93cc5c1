import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { childrenNamed, parseXml, textAt } from '#simulators/protocol/endpoint/xml.ts'

export interface VoicemailReport {
  readonly status: number
  readonly total: number
  readonly messages: ReadonlyArray<{ readonly id: string; readonly subject: string; readonly isRead: boolean }>
}

/** The inbox at Unity Connection (wire facts §9.1); a status other than 200 is reported, not thrown. */
export async function fetchVoicemail(
  access: ServiceAccess,
  host: string,
  authorization: string,
): Promise<VoicemailReport> {
  const url = `https://${host}/vmrest/mailbox/folders/inbox/messages?read=false&type=voice&pageNumber=1&rowsPerPage=25`
  const { status, body } = await access.fetch(url, { headers: { authorization, accept: 'application/xml' } })
  if (status !== 200) return { status, total: 0, messages: [] }
  const document = parseXml(body.toString('utf8'))
  const messages = childrenNamed(document, 'Message').map((message) => ({
    id: textAt(message, 'MsgId') ?? '',
    subject: textAt(message, 'Subject') ?? '',
    isRead: textAt(message, 'Read') === 'true',
  }))
  return { status, total: Number(document.attrs['total'] ?? messages.length), messages }
}
